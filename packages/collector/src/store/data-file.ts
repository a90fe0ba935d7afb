/**
 * The data file's name.
 */

/** Inside the data folder; SQLite keeps its write-ahead log beside it. */
export const DATA_FILE = "sojourn.db";
