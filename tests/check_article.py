"""Print what is wrong with the form of handbook articles: `python tests/check_article.py corpus/…/x.md …`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from test_handbook import body, problems

if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name).resolve()
        found = problems(path)
        sys.stdout.write(f"{name}: {len(body(path).strip())} characters\n" + "".join(f"  - {p}\n" for p in found))
