from escalate.cli.main import run

run()
