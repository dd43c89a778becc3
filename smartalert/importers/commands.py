"""python -m smartalert import …: real places, and what the app stores report, brought into the database."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from smartalert.config import DataDir, override

commands = typer.Typer(
    no_args_is_help=True, help="Bring real places, and what the app stores report, into the database."
)
Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask where more than 1 % of what there is would be removed.")]


@commands.command("streets")
def import_streets(
    file: Annotated[Path, typer.Argument(exists=True)], data_dir: DataDir = None, yes: Yes = False
) -> None:
    """Import named streets from OpenStreetMap (.osm.pbf) or OS Open Roads, and draw the map.

    OS Open Roads as GeoPackage, GeoJSON, or a folder or zip of Shapefile tiles.
    """
    override(data_dir=data_dir)
    from smartalert.database import owner

    with owner.loading():
        from smartalert.importers.streets import import_streets as bring_in

    with owner.migrated_url() as url:
        bring_in(url, file, typer.echo, asking(yes), and_map=True)


@commands.command("map")
def import_ready_map(file: Annotated[Path, typer.Argument(exists=True)], data_dir: DataDir = None) -> None:
    """Draw the map from one file, folder or zip.

    Everything: vector tiles (.pmtiles, .mbtiles), OpenStreetMap (.osm.pbf), OS Open Zoomstack (GeoPackage). Drawn
    together: OS Open Roads, OS Open Rivers, OS Open Greenspace, Boundary-Line (GeoPackage or Shapefiles).
    """
    override(data_dir=data_dir)
    from smartalert.database import owner

    with owner.loading():
        from smartalert.importers.base_map import import_map

    with owner.migrated_url() as url:
        import_map(url, file, typer.echo)


@commands.command("places")
def import_places(files: Files, data_dir: DataDir = None, yes: Yes = False) -> None:
    """Import towns, suburbs, villages, stations, schools … from OS Open Names (CSV tiles), or places from GeoNames."""
    override(data_dir=data_dir)
    from smartalert.database import owner

    with owner.loading():
        from smartalert.importers.places import import_places as bring_in

    with owner.migrated_url() as url:
        bring_in(url, files, typer.echo, asking(yes))


@commands.command("postcodes")
def import_postcodes(files: Files, data_dir: DataDir = None, yes: Yes = False) -> None:
    """Import postcodes from Code-Point Open or the ONS Postcode Directory (CSV)."""
    override(data_dir=data_dir)
    from smartalert.database import owner

    with owner.loading():
        from smartalert.importers.postcodes import import_postcodes as bring_in

    with owner.migrated_url() as url:
        bring_in(url, files, typer.echo, asking(yes))


@commands.command("area")
def import_area(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    name: Annotated[
        str | None, typer.Option(help="What the force area is called. [default: what the file says]")
    ] = None,
    data_dir: DataDir = None,
    yes: Yes = False,
) -> None:
    """Import where the force may send (GeoJSON, GeoPackage, KML)."""
    override(data_dir=data_dir)
    from smartalert.database import owner

    with owner.loading():
        from smartalert.importers.areas import import_force_area as bring_in

    with owner.migrated_url() as url:
        typer.echo(f"The force area is {bring_in(url, file, name, typer.echo, asking(yes)):,.0f} km².")


@commands.command("neighbourhoods")
def import_neighbourhoods(files: Files, data_dir: DataDir = None, yes: Yes = False) -> None:
    """Import the areas of neighbourhood teams, or wards (GeoJSON, GeoPackage, KML)."""
    override(data_dir=data_dir)
    from smartalert.database import owner

    with owner.loading():
        from smartalert.importers.areas import import_neighbourhoods as bring_in

    with owner.migrated_url() as url:
        bring_in(url, files, typer.echo, asking(yes))


@commands.command("downloads")
def import_downloads(
    files: Files,
    app: Annotated[str, typer.Option(help="Package name or Apple identifier, where the account has more apps.")] = "",
    data_dir: DataDir = None,
) -> None:
    """Import Google Play's install statistics (CSV) and the App Store's daily summaries (TSV, gzipped)."""
    override(data_dir=data_dir)
    from smartalert.database import owner

    with owner.loading():
        from smartalert.importers.downloads import import_downloads as bring_in

    with owner.migrated_url() as url:
        bring_in(url, files, typer.echo, app)


@commands.command("population")
def import_population(files: Files, data_dir: DataDir = None, yes: Yes = False) -> None:
    """Import residents by neighbourhood (CSV: code, residents, district), or by LSOA with the ONS's lookup to wards."""
    override(data_dir=data_dir)
    from smartalert.database import owner

    with owner.loading():
        from smartalert.importers.population import import_population as bring_in

    with owner.migrated_url() as url:
        bring_in(url, files, typer.echo, asking(yes))


@commands.command("crimes")
def import_crimes(
    paths: Annotated[list[Path], typer.Argument(exists=True)], data_dir: DataDir = None, yes: Yes = False
) -> None:
    """Import recorded crime from data.police.uk: street-level CSV, or a folder or zip of months as downloaded."""
    override(data_dir=data_dir)
    from smartalert.database import owner

    with owner.loading():
        from smartalert.importers.crimes import import_crimes as bring_in

    with owner.migrated_url() as url:
        bring_in(url, paths, typer.echo, asking(yes))


@commands.command("undo")
def undo(
    source: Annotated[
        str,
        typer.Argument(help="area, crimes, map, neighbourhoods, places, population, postcodes or streets."),
    ],
    data_dir: DataDir = None,
) -> None:
    """Undo the newest import of one kind; each of the last three, one after the other."""
    override(data_dir=data_dir)
    from smartalert.database import owner

    with owner.loading():
        from smartalert.importers import ground

    with owner.migrated_url() as url:
        ground.undo(url, source, typer.echo)


@commands.command("list")
def listed(data_dir: DataDir = None) -> None:
    """List what was imported, newest first, and what can be undone."""
    override(data_dir=data_dir)
    from smartalert.database import owner

    with owner.loading():
        from smartalert.importers import ground

    with owner.migrated_url() as url:
        lines = [one.words for one in ground.history(url)]
    typer.echo("\n".join(lines) or "Nothing was imported yet.")


def asking(yes: bool) -> Callable[[str], bool]:
    """Whether what is removed is meant: said beforehand, or asked at a terminal."""
    if yes:
        return lambda _question: True
    return typer.confirm if sys.stdin.isatty() else lambda _question: False
