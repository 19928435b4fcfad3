"""The rows of the audit, one module for each library."""
