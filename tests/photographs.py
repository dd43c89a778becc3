"""Photographs as cameras make them, for tests."""

import io

from PIL import ExifTags, Image


def photograph(size: tuple[int, int] = (900, 600), taken_at: tuple[float, float] | None = None) -> bytes:
    """A JPEG of nothing in particular; with latitude and longitude in its metadata if asked."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[ExifTags.Base.Make] = "Camera of somebody"
    if taken_at:
        lat, lon = taken_at
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(
            {
                ExifTags.GPS.GPSLatitudeRef: "N" if lat >= 0 else "S",
                ExifTags.GPS.GPSLatitude: (abs(lat), 0.0, 0.0),
                ExifTags.GPS.GPSLongitudeRef: "E" if lon >= 0 else "W",
                ExifTags.GPS.GPSLongitude: (abs(lon), 0.0, 0.0),
            }
        )
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, "JPEG", exif=exif)
    return out.getvalue()
