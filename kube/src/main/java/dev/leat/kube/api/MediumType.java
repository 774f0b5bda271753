package dev.leat.kube.api;

/** What a level of a cache lies on. */
public enum MediumType {
    /** Memory: tmpfs. */
    MEM,
    /** Flash. */
    SSD,
    /** A disk that turns. */
    HDD
}
