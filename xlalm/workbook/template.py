"""New books from the templates that ship with xlalm."""

import shutil
from pathlib import Path

from xlalm.domain.errors import Refused

TEMPLATE = "alco_template.xlsx"


def template_path() -> Path:
    """Return where the ALCO template lies: in the package once installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_workbooks", package.parent / "workbooks"):
        if (folder / TEMPLATE).is_file():
            return folder / TEMPLATE
    text = f"{TEMPLATE} is missing from this installation"
    cure = "install xlalm again"
    raise Refused(None, text, cure)


def copy_template(out: Path) -> Path:
    """Copy the template to a new file; raises Refused rather than write over one."""
    target = out / TEMPLATE if out.is_dir() else out
    if target.suffix.lower() != ".xlsx":
        target = target.with_name(target.name + ".xlsx")
    source = template_path()
    try:
        with target.open("xb") as new, source.open("rb") as old:
            shutil.copyfileobj(old, new)
    except FileExistsError:
        text = f"{target} exists already"
        cure = "give another name (nothing was written)"
        raise Refused(None, text, cure) from None
    except OSError as fault:
        text = f"{target} cannot be written ({fault.strerror})"
        cure = "choose another folder"
        raise Refused(None, text, cure) from fault
    return target
