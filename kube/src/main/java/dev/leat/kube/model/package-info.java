/** What objects are made of specs: pure functions, without a server and without a clock. */
@NullMarked
package dev.leat.kube.model;

import org.jspecify.annotations.NullMarked;
