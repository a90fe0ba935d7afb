/**
 * Names of the rows in `meta` that say by which rules a site's touches were made.
 */

/** Where a site's reclassification has come to: the last person that is done. Absent: none is under way. */
export const reclassifyKey = (site: number): string => `reclassify:${site}`;

/** By what a site's touches were classified, see classifiedBy(). */
export const classifiedKey = (site: number): string => `classified:${site}`;
