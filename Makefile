# One line each; all use .venv, which is made when it is not there.
.PHONY: check test lint docs wheel
check: lint test              ## what must hold before a commit
test:  .venv/ready ; .venv/bin/pytest -q -n auto
lint:  .venv/ready ; .venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy
docs:  .venv/ready ; .venv/bin/python tools/reference.py
wheel: .venv/ready ; .venv/bin/python -m build --wheel
.venv/ready: pyproject.toml ; python3 -m venv .venv && .venv/bin/python -m pip install --quiet -e '.[dev]' && touch $@
