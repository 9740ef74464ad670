"""Draw docs/images/ask.svg: what `ops-copilot ask` prints, run now in an empty home.

python docs/make_picture.py
"""

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.cells import chop_cells
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

QUESTION = "怎么让流失用户回来？"
ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "images" / "ask.svg"
COLUMNS = 92
FONTS = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', 'PingFang SC', 'Microsoft YaHei', monospace"


def main() -> None:
    """Ask, draw, write the file."""
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(picture(answer()), encoding="utf-8")


def answer() -> str:
    """Return what the command prints on stdout."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPS_COPILOT_")}
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "copilot", "ask", QUESTION, "--home", home]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    return done.stdout.rstrip()


def picture(output: str) -> str:
    """Return the terminal as SVG. Nothing in it is fetched from elsewhere."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text(f'$ ops-copilot ask "{QUESTION}"', style="bold green"))
    console.print()
    for line in output.splitlines():
        for part in chop_cells(line, COLUMNS - 1) or [""]:  # as a terminal does it: at any character
            console.print(Text(part), no_wrap=True)
    svg = console.export_svg(title="ops-copilot", theme=MONOKAI, unique_id="ask")
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<text [^>]*>\s*</text>", "", svg)  # line ends
    # Rich gives every character one column; Chinese takes two. At its natural width the text fits in any font.
    svg = re.sub(r' textLength="[\d.]+"', "", svg)
    svg = svg.replace("font-variant-east-asian: full-width;", "").replace("Fira Code, monospace", FONTS)
    return "\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n"


if __name__ == "__main__":
    main()
