/**
 * Requests over HTTP for all sources that speak it: limits on every wait, bodies that can be cut off, escapes of names.
 */
@NullMarked
package dev.leat.dataset.web;

import org.jspecify.annotations.NullMarked;
