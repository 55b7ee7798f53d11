"""``python -m simulator.simctl``: the same program as ``simctl``."""

from simulator.simctl import main

if __name__ == "__main__":
    main()
