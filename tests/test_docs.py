"""The documents hold: links lead somewhere, and every command they show exists with the options they show."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:^|`|[;&|]\s*)(?:\$ )?(tradewind(?: [^`|#;&\n]+)?)")


def anchors(text: str) -> set[str]:
    """The names under which headings can be linked to."""
    headings = re.findall(r"^#+\s+(.*?)\s*$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_relative_link_leads_to_a_file_and_every_anchor_to_a_heading() -> None:
    broken: list[str] = []
    for document in DOCUMENTS:
        prose = FENCE.sub("", document.read_text(encoding="utf-8"))
        for link in LINK.findall(prose):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = link.partition("#")
            target = (document.parent / path).resolve() if path else document
            if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
                broken.append(f"{document.relative_to(ROOT)}: {link}")
    assert broken == []


def shown_commands() -> dict[str, list[str]]:
    """Each `tradewind …` line of the documents as words, with the documents it is shown in."""
    shown: dict[str, list[str]] = {}
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8").replace("\\\n", " ")
        inline = [f"`{code}`" for code in re.findall(r"`([^`\n]+)`", FENCE.sub("", text))]
        for place in (*inline, *(line for block in FENCE.findall(text) for line in block.splitlines())):
            for command in COMMAND.findall(place):
                if re.match(r"tradewind( [a-z-]|$)", command):
                    shown.setdefault(command.strip(), []).append(str(document.relative_to(ROOT)))
    return shown


def help_of(words: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    tradewind = Path(sys.executable).with_name("tradewind")
    wide = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    return subprocess.run([tradewind, *words, "--help"], capture_output=True, text=True, env=wide)


def subcommand_of(command: str, helps: dict[tuple[str, ...], str]) -> tuple[str, ...] | None:
    """The words of a shown command that name a subcommand, or None where it does not exist; fills `helps`."""
    found: tuple[str, ...] = ()
    for word in command.split()[1:]:
        _, lists_commands, commands = helps.setdefault(found, help_of(found).stdout).partition("Commands")
        if not lists_commands or not re.fullmatch(r"[a-z][a-z-]*", word):
            break
        if not re.search(rf"^\W*{word}(?![\w-])", commands, re.MULTILINE):
            return None
        found = (*found, word)
    helps.setdefault(found, help_of(found).stdout)
    return found


@pytest.mark.slow
def test_every_command_shown_exists_with_the_options_shown() -> None:
    helps: dict[tuple[str, ...], str] = {}
    wrong: list[str] = []
    for command, documents in shown_commands().items():
        subcommand = subcommand_of(command, helps)
        if subcommand is None:
            wrong.append(f"{command}: no such command (in {', '.join(documents)})")
            continue
        options = re.findall(r"(?<= )--[a-z][a-z-]*", command)
        unknown = [option for option in options if not re.search(rf"{option}(?![\w-])", helps[subcommand])]
        wrong += [f"{command}: no option {option} (in {', '.join(documents)})" for option in unknown]
    assert wrong == []
