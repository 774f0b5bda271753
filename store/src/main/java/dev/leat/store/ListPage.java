package dev.leat.store;

import java.util.List;

/**
 * One page of a listing.
 *
 * @param objects objects in ascending order of key
 * @param prefixes folded prefixes, each ending in the delimiter, in ascending order
 * @param truncated whether more may follow after the page's greatest entry; never of an empty page
 */
public record ListPage(List<ObjectInfo> objects, List<String> prefixes, boolean truncated) {}
