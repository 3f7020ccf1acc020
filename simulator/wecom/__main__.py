"""`python -m simulator.wecom` is `python -m simulator`: the fake WeCom alone, with its page."""

import runpy

if __name__ == "__main__":
    runpy.run_module("simulator", run_name="__main__")
