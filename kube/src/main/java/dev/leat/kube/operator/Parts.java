package dev.leat.kube.operator;

import dev.leat.kube.model.Settings;
import java.time.Clock;

/** What the reconcilers share. */
record Parts(Settings settings, ReportBook book, Notices notices, NodeLabels nodes, Clock clock) {}
