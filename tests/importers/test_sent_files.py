"""Files of strangers: bounded, of the right kind, and never outside their folder, before any library reads them."""

import io
import zipfile
from pathlib import Path

import pytest

from smartalert.errors import ImportRefused
from smartalert.importers import sent_files

CODE_POINT = b'"ST16 2LD",10,392000,323000,"E92000001","","","","",""\n'


def zipped(path: Path, **members: bytes) -> Path:
    """A zip file of these members, by their names, in which __ is a folder."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name.replace("__", "/"), body)
    return path


def with_member(path: Path, name: str, body: bytes = CODE_POINT) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, body)
    return path


def test_a_publishers_zip_file_is_taken_as_it_is(tmp_path: Path) -> None:
    names = {"Data__CSV__st.csv": CODE_POINT, "Data__CSV__ws.csv": CODE_POINT, "Doc__headers.csv": b"PC,PQ",
             "readme.txt": b"Code-Point Open", "Data__multi_csv__x.csv": CODE_POINT, "Doc__a.pdf": b""}  # fmt: skip
    found = sent_files.ready("postcodes", [zipped(tmp_path / "codepo.zip", **names)], tmp_path / "out")
    assert [path.name for path in found] == ["st.csv", "ws.csv"]
    assert found[0].read_bytes() == CODE_POINT


def test_tiles_of_one_zip_file_are_imported_together_and_several_files_are_not(tmp_path: Path) -> None:
    shape = b"\x00\x00\x27\x0a"
    tiles = {"data__SU_RoadLink.shp": shape, "data__SU_RoadLink.dbf": b"x", "data__SO_RoadLink.shp": shape}
    (folder,) = sent_files.ready("streets", [zipped(tmp_path / "oproad.zip", **tiles)], tmp_path / "out")
    assert folder.name == "oproad"
    assert sorted(path.name for path in folder.iterdir()) == ["SO_RoadLink.shp", "SU_RoadLink.dbf", "SU_RoadLink.shp"]
    both = zipped(tmp_path / "two.zip", **{"a.geojson": b"{}", "b.geojson": b"{}"})
    with pytest.raises(ImportRefused, match="one file at a time"):
        sent_files.ready("area", [both], tmp_path / "again")


def test_what_unpacks_beyond_all_measure_is_refused_while_it_unpacks(tmp_path, monkeypatch):
    monkeypatch.setattr(sent_files, "SMALL", 1_000_000)
    bomb = zipped(tmp_path / "bomb.zip", **{f"part{number}.csv": b"0" * 900_000 for number in range(4)})
    assert bomb.stat().st_size < 10_000
    with pytest.raises(ImportRefused, match=r"bomb\.zip unpacks to far more than such a file holds"):
        sent_files.ready("postcodes", [bomb], tmp_path / "out")
    assert sum(path.stat().st_size for path in (tmp_path / "out").rglob("*.csv")) <= 1_000_000


def test_what_a_zip_file_says_of_its_own_size_proves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(sent_files, "SMALL", 1_000_000)
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("st.csv", b"0" * 5_000_000)
    body = raw.getvalue().replace((5_000_000).to_bytes(4, "little"), (50).to_bytes(4, "little"))
    (tmp_path / "liar.zip").write_bytes(body)
    with pytest.raises(ImportRefused, match=r"liar\.zip"):
        sent_files.ready("postcodes", [tmp_path / "liar.zip"], tmp_path / "out")
    assert sum(path.stat().st_size for path in (tmp_path / "out").rglob("*.csv")) <= 1_000_000


@pytest.mark.parametrize("name", ["../../st.csv", "/etc/st.csv", "..\\..\\st.csv", "C:\\st.csv", "a/../../st.csv"])
def test_a_member_lands_in_its_folder_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    out = tmp_path / "deep" / "out"
    (found,) = sent_files.ready("postcodes", [with_member(tmp_path / "x.zip", name)], out)
    assert found.resolve().parent == (out / "0" / "x").resolve()


@pytest.mark.parametrize("name", ["st.csv/", "..", "st.exe", "zip.zip", "doc/st.csv"])
def test_a_zip_file_without_anything_of_use_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ImportRefused, match=r"holds no \.csv or \.txt file|cannot be unpacked"):
        sent_files.ready("postcodes", [with_member(tmp_path / "x.zip", name, b"")], tmp_path / "out")


@pytest.mark.parametrize(
    ("source", "name", "head"),
    [
        ("area", "area.geojson", b"<OGRVRTDataSource>"),
        ("area", "area.gpkg", b"SQLite format 3\0" + bytes(80)),
        ("area", "area.kml", b"{}"),
        ("area", "area.vrt", b"<OGRVRTDataSource>"),
        ("area", "area", b"{}"),
        ("area", "", b"{}"),
        ("streets", "x.osm.pbf", b"\0\0\0\0 something else"),
        ("streets", "x.csv", b"a,b"),
        ("postcodes", "x.csv", b"PK\0\0"),
        ("population", "x.xlsx", b"PK\x03\x04"),
        ("places", "x.zip", b"Rar!"),
    ],
)
def test_what_a_file_is_called_and_how_it_begins_must_agree(source: str, name: str, head: bytes) -> None:
    with pytest.raises(ImportRefused):
        sent_files.require_kind(source, name, head)


@pytest.mark.parametrize(
    ("source", "name", "head"),
    [
        ("area", "Area.GeoJSON", b"\xef\xbb\xbf \n{"),
        ("area", "a.kml", b"<?xml version='1.0'?>"),
        ("streets", "rutland-latest.osm.pbf", b"\0\0\0\x0e\n\tOSMHeader"),
        ("streets", "oproad_gb.gpkg", b"SQLite format 3\0" + bytes(52) + b"GPKG"),
        ("postcodes", "st.CSV", b'"ST16 2LD"'),
        ("places", "GB.txt", b"2633354\tYork"),
    ],
)
def test_what_publishers_give_is_taken(source: str, name: str, head: bytes) -> None:
    sent_files.require_kind(source, name, head)


def test_only_what_lies_in_the_folder_is_found_there(tmp_path: Path) -> None:
    folder = tmp_path / "ground"
    (folder / "deep").mkdir(parents=True)
    (tmp_path / "secret.csv").write_bytes(CODE_POINT)
    (tmp_path / "ground-beside").mkdir()
    (tmp_path / "ground-beside" / "x.csv").write_bytes(CODE_POINT)
    (folder / "deep" / "st.csv").write_bytes(CODE_POINT)
    (folder / "notes.docx").write_bytes(b"PK")
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "away").symlink_to(tmp_path)
    assert sent_files.listed(folder) == {"deep/st.csv": len(CODE_POINT)}
    assert sent_files.in_folder(folder, "deep/st.csv").read_bytes() == CODE_POINT
    outside = ("../secret.csv", str(tmp_path / "secret.csv"), "link.csv", "away/secret.csv", "../ground-beside/x.csv",
               "deep", "", ".", "no.csv", "deep/st.csv\0", "/vsicurl/http://127.0.0.1/x.csv")  # fmt: skip
    for name in outside:
        with pytest.raises(ImportRefused, match="There is no file"):
            sent_files.in_folder(folder, name)
    with pytest.raises(ImportRefused, match="No folder"):
        sent_files.in_folder(None, "deep/st.csv")


def test_too_much_at_once_is_refused_with_what_to_do() -> None:
    sent_files.require_few(["a"], sent_files.MOST_BYTES)
    for files, size, why in ((["a"], sent_files.MOST_BYTES + 1, "into the folder"), ([], 0, "Choose a file"),
                             (["a"] * 1_501, 1, "one zip file")):  # fmt: skip
        with pytest.raises(ImportRefused, match=why):
            sent_files.require_few(files, size)
    assert sent_files.name_of("a/b\\..\\st\u202e.csv") == "st.csv"
    assert len(sent_files.name_of("x" * 500 + ".csv")) == sent_files.LONGEST_NAME
