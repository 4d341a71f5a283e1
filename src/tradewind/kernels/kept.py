"""Kernels out of numba's cache without what only compiling needs, which is a third of the time of a small command.

Before it reads a compiled function numba loads everything it can compile with, and with each function it reads the
code it was made of, which is there to be joined into others. Here both wait until something is compiled.
"""

from functools import cache
from typing import Any

import llvmlite.binding as llvm
import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import compile_result
from numba.core.runtime import _nrt_python

KNOWN = (0, 68)  # the numba whose inner workings these are; with another one its own cache is used as it is


class _Library(JITCodeLibrary):  # type: ignore[misc] # numba says no types of these classes
    """A function as the cache keeps it: ready to run, and what it was made of, not parsed before it is asked for."""

    def __init__(self, codegen: Any, kept: Any, symbols: set[str]) -> None:
        name, kind, (runs, made_of) = kept
        assert kind == "object", "numba's cache keeps functions ready to run"
        super().__init__(codegen, name)
        self._shared_module: Any = None
        self._made_of = made_of
        self.enable_object_caching()
        self._set_compiled_object(runs)
        self._finalize_final_module()
        codegen._engine._defined_symbols |= symbols

    def _get_module_for_linking(self) -> Any:
        if self._shared_module is None:
            self._shared_module = llvm.parse_bitcode(self._made_of)
            self._codegen._engine._load_defined_symbols(self._shared_module)
        return self._shared_module


class _Reader(CompileResultCacheImpl):  # type: ignore[misc]
    def reduce(self, cres: Any) -> Any:
        """Without what belongs to functions of numba's own and is empty: to read it their modules would be loaded."""
        *others, environments = super().reduce(cres)
        return (*others, tuple(one for one in environments if one.consts))

    def rebuild(self, target_context: Any, payload: Any) -> Any:
        """What `CompileResult._rebuild` does, with a library of ours."""
        kept, described, environment, signature, objectmode, lifted, typeann, reload_init, environments = payload
        assert not reload_init, "only parallel loops ask for something to be done at loading"
        symbols = {described.llvm_func_name, described.llvm_cpython_wrapper_name, described.llvm_cfunc_wrapper_name}
        library = _Library(target_context.codegen(), kept, symbols)
        result = compile_result(
            target_context=target_context,
            typing_context=target_context.typing_context,
            library=library,
            environment=environment,
            entry_point=target_context.get_executable(library, described, environment),
            fndesc=described,
            type_annotation=typeann,
            signature=signature,
            objectmode=objectmode,
            lifted=lifted,
            reload_init=reload_init,
            referenced_envs=environments,
        )
        for one in environments:
            library.codegen.set_env(one.env_name, one)
        return result


class _Cache(FunctionCache):  # type: ignore[misc]
    """Numba's cache of one function."""

    _impl_class = _Reader

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """A compiled function for the signature, None where there is none; then numba makes itself ready to compile."""
        _name_what_is_called()
        return self._load_overload(sig, target_context)


@cache
def _name_what_is_called() -> None:
    """Say where the parts of numba's run time are that compiled functions call, as `rtsys.initialize` does, which also
    compiles some: they are in every compiled function."""
    for name, address in _nrt_python.c_helpers.items():
        llvm.add_symbol(name if name.startswith("_") else f"NRT_{name}", address)


def keep(dispatcher: Any) -> Any:
    """Have a compiled function kept in numba's cache."""
    if numba.version_info.short != KNOWN:
        dispatcher.enable_caching()
        return dispatcher
    dispatcher._cache = _Cache(dispatcher.py_func)
    # Types of other packages, looked for among all that are installed, are nothing to our kernels.
    dispatcher._compilation_chain_init_hook = _do_nothing
    return dispatcher


def _do_nothing() -> None: ...
