"""Writing a VBA project (``vbaProject.bin``) from text sources, without Excel."""

from udfs.vba_project.project import Module, Reference, document_module, project_bytes, read_module

__all__ = ["Module", "Reference", "document_module", "project_bytes", "read_module"]
