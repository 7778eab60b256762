"""How fast the house is, as ratios to what its own database could do at best. `make bench` prints one JSON object.

Every judged figure is a ratio taken in the same interleaved rounds as its floor, because absolute times say more
about the machine than about the code. The floors stand in floor.sql.
"""
