/**
 * A client of a volume: its session, and commits that happen exactly once while it lives. {@link
 * dev.leat.meta.session.Transactions} is what the file system is written on.
 */
@NullMarked
package dev.leat.meta.session;

import org.jspecify.annotations.NullMarked;
