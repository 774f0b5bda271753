/**
 * Directory trees behind index pages of web servers. The only package that knows HTML and JSON pages.
 */
@NullMarked
package dev.leat.dataset.http;

import org.jspecify.annotations.NullMarked;
