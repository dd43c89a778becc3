"""What must hold of the whole: pages guard themselves, queries are used, what documents name is there."""

import ast
import re
import warnings
from pathlib import Path

import pytest

from smartalert.config import Settings
from smartalert.database.connection import Connection
from tests import PROJECT

PAGES = sorted((PROJECT / "pages").glob("*.py"))
QUERY_FILES = sorted((PROJECT / "sql" / "queries").rglob("*.sql"))
DOCUMENTS = [*sorted(PROJECT.glob("docs/**/*.md")), *sorted(PROJECT.glob("*.md")), PROJECT / "benchmarks" / "README.md"]
#: What documents name that is no file and no name of ours.
NOT_OURS = {
    "var/", ".venv", "secrets.toml", "multipart/form-data", "realm_access.roles", "fcm_options.image", "st.login",
    "st.stop", "st.rerun", "index.html", "robots.txt",
}  # fmt: skip
SOURCE = {path: path.read_text() for path in [*PROJECT.glob("smartalert/**/*.py"), *PAGES, PROJECT / "dashboard.py"]}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_pages_first_statement_is_its_guard(page: Path) -> None:
    statements = [
        node
        for node in ast.parse(page.read_text()).body
        if not isinstance(node, ast.Import | ast.ImportFrom)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    assert ast.unparse(statements[0]).startswith("officer = require_officer(")


@pytest.mark.parametrize("file", QUERY_FILES, ids=lambda file: file.stem)
def test_every_named_query_is_used(file: Path) -> None:
    names = re.findall(r"^-- name: (\w+)", file.read_text(), re.MULTILINE)
    everything = "\n".join(SOURCE.values())
    assert [name for name in names if not re.search(rf"\.{name}\(", everything)] == []


@pytest.mark.parametrize("file", QUERY_FILES, ids=lambda file: file.stem)
def test_every_query_says_in_words_what_it_answers(file: Path) -> None:
    assert re.findall(r"^-- name: (\w+).*\n(?!--)", file.read_text(), re.MULTILINE) == []


def test_every_setting_is_documented() -> None:
    said = (PROJECT / "docs" / "operators.md").read_text()
    names = [field.validation_alias or f"SMARTALERT_{name.upper()}" for name, field in Settings.model_fields.items()]
    assert [name for name in names if f"`{name}`" not in said] == []


def test_every_delivery_state_is_in_the_glossary(conn: Connection) -> None:
    said = (PROJECT / "docs" / "glossary.md").read_text()
    states = [row[0] for row in conn.execute("select unnest(enum_range(null::delivery_state))::text")]
    assert [state for state in states if state.replace("_", " ") not in said] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.stem)
def test_files_and_names_in_documents_are_there(document: Path) -> None:
    """Such as `alerts/issuing.py`, `alerts/issuing.issue` and `sql/queries/`."""
    words = re.sub(r"^```.*?^```", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    named = {name for name in re.findall(r"`([a-z.][\w.-]*(?:/[\w.-]+)*/?)`", words) if "/" in name or "." in name}
    linked = {link for link in re.findall(r"\]\(([^)#]+)", words) if "://" not in link}
    assert sorted(name for name in named - NOT_OURS if not is_there(name, document)) == []
    assert sorted(link for link in linked if not (document.parent / link).exists()) == []


def is_there(name: str, document: Path) -> bool:
    """Whether it is a file or folder below the project, smartalert/ or the document's own, or what a module defines."""
    if any((folder / name).exists() for folder in (PROJECT, PROJECT / "smartalert", document.parent)):
        return True
    module, _, defined = name.rpartition(".")
    source = SOURCE.get(PROJECT / "smartalert" / f"{module}.py", "")
    definition = rf"^(?:(?:async )?def |class ){defined}\b|^{defined}(?:: .+)? = "
    return re.search(definition, source, re.MULTILINE) is not None


def test_documents_named_in_code_are_there() -> None:
    named = {name for text in SOURCE.values() for name in re.findall(r"docs/[\w/.-]+\.md", text)}
    assert sorted(name for name in named if not (PROJECT / name).exists()) == []


def test_decisions_are_numbered_without_gaps_and_titled_by_their_number() -> None:
    files = sorted((PROJECT / "docs" / "decisions").glob("*.md"))
    assert [file.name[:5] for file in files] == [f"{number:04}-" for number in range(1, len(files) + 1)]
    titles = [file.read_text().partition("\n")[0] for file in files]
    assert [title for number, title in enumerate(titles, 1) if not title.startswith(f"# {number}. ")] == []


@pytest.mark.parametrize("file", QUERY_FILES, ids=lambda file: file.stem)
def test_queries_stand_beside_the_module_of_their_name(file: Path) -> None:
    module = PROJECT / "smartalert" / file.relative_to(PROJECT / "sql" / "queries").with_suffix(".py")
    assert module in SOURCE


def test_few_files_lie_loose_beside_the_packages() -> None:
    loose = sorted(path.name for path in SOURCE if path.parent == PROJECT / "smartalert")
    assert len(loose) <= 9, loose


def test_no_function_outgrows_the_house() -> None:
    for path, text in SOURCE.items():
        if text.count("\n") > 300:
            warnings.warn(f"{path} is over 300 lines: ask which two things it is.", stacklevel=1)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                statements = node.body[1:] if ast.get_docstring(node) else node.body
                first = statements[0].lineno if statements else node.end_lineno
                assert node.end_lineno - first < 40, f"{path}:{node.name} is too long"


def test_the_control_room_writes_by_acting_and_in_no_other_way() -> None:
    """A transaction of the control room's own either asks who acts, or cannot write."""
    own_ways = {
        path.relative_to(PROJECT / "smartalert" / "control").as_posix()
        for path, text in SOURCE.items()
        if "control" in path.parts or "pages" in path.parts
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("connection.transaction", "register.acting")
    }
    # Signing in and out, and noting who was refused, come before there is anybody who could act.
    assert own_ways == {"access.py", "sign_in/page.py"}, (
        "write with `access.acting(power(…))`, look with `in_transaction`"
    )


#: Where HTML stands in Python: what providers answered, word for word.
HTML_IN_PYTHON = "smartalert/simulator/answers.py"


def test_what_unfolds_has_a_key_and_so_stays_open_when_the_page_is_drawn_anew() -> None:
    unfolds = {"expander", "popover", "tabs"}
    without = [
        f"{path.relative_to(PROJECT)}:{call.lineno}"
        for path, text in SOURCE.items()
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in unfolds
        and "key" not in {given.arg for given in call.keywords}
    ]
    assert without == []


def test_html_is_drawn_from_templates_alone() -> None:
    """Autoescape guards every word: nothing is escaped by hand, and no string begins with a tag."""
    found = [
        f"{place}:{node.lineno}"
        for path, text in SOURCE.items()
        if (place := path.relative_to(PROJECT).as_posix()) != HTML_IN_PYTHON
        for node in ast.walk(ast.parse(text))
        if (isinstance(node, ast.ImportFrom) and ast.unparse(node) == "from html import escape")
        or (isinstance(node, ast.Constant) and re.match(r"</?[a-z]\w*[ >/]", str(node.value)))
    ]
    assert found == []


def test_what_is_safe_html_is_said_in_one_place() -> None:
    assert [path.name for path, text in SOURCE.items() if re.search(r"\bMarkup\(", text)] == ["wording.py"]


def test_what_the_send_screen_keeps_is_changed_where_it_is_declared_and_nowhere_else() -> None:
    """Of a draft and of what a tab shows, everybody reads; the module that declares an attribute assigns it."""
    for path, text in SOURCE.items():
        if not {"send", "approvals"} & set(path.relative_to(PROJECT).parts):
            continue
        tree = ast.parse(text)
        declared = {
            field.target.id
            for found in ast.walk(tree)
            if isinstance(found, ast.ClassDef)
            for field in found.body
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        }
        assert assigned(tree) <= declared, f"{path} changes what another module declares"


def assigned(tree: ast.AST) -> set[str]:
    """The names of attributes that are assigned to, or whose items are, also by del."""
    targets = {
        node.value if isinstance(node, ast.Subscript) else node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load)
    }
    return {node.attr for node in targets if isinstance(node, ast.Attribute)} - {"session_state", "query_params"}
