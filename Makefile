.PHONY: demo test chaos
demo:
	@scripts/demo
test:
	@scripts/test
chaos:
	@.venv/bin/python tests/chaos/run.py
