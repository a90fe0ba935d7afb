/**
 * Names of the files in the data folder.
 */

/** Inside the data folder; SQLite keeps its write-ahead log beside it. */
export const DATA_FILE = "sojourn.db";

/** Beside it: the installation's secret, mode 0600. It is in no backup of the data file. */
export const SECRET_FILE = "secret";
