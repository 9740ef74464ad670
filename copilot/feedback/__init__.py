"""Many voices: pure functions over texts. Personal data out, repeats found, clusters of what is wanted, words, trends.

`mask`, `repeats`, `cluster`, `naming` and `trend` know of no file, no library and no model.
"""
