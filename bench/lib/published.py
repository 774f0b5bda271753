"""Figures that others published, on other hardware: to be shown beside ours, never compared with them."""

FIGURES = {
    "curvine-create": "Curvine 19,985/s at 40 clients (its benchmark page; 32 cores, 80 Gbit/s)",
    "curvine-stat": "Curvine opens 60,376/s at 40 clients (its benchmark page; 32 cores, 80 Gbit/s)",
    "curvine-rename": "Curvine 43,009/s at 40 clients (its benchmark page; 32 cores, 80 Gbit/s)",
    "curvine-unlink": "Curvine 39,013/s at 40 clients (its benchmark page; 32 cores, 80 Gbit/s)",
    "curvine-seq": "Curvine 2.2 GiB/s, 256 KiB requests (its benchmark page; 32 cores, 80 Gbit/s)",
    "juicefs-rand": "JuiceFS 24,000/s, queue depth 1 (its issue 5021)",
    "alluxio-direct": "Alluxio 2,300/s with 1 job, 70,100/s with 32 (its documentation; 100 Gbit/s)",
    "mount-s3-seq": "mountpoint-s3 up to 100 Gbit/s with several readers (its documentation; 96 cores)",
}


def texts(keys):
    return [FIGURES[key] for key in keys if key in FIGURES]
