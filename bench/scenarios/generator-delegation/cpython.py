"""CPython's generators."""

import generators

generators.run(generators.delegation)
