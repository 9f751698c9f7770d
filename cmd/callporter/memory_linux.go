package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// releaseProgram gives back the parts of the program file that are in memory, more than half
// of which nobody needs after the start. What is needed comes back when it is used, from the
// page cache. It leaves a part alone of which anything was changed in memory, as a debugger
// or the loader does.
func releaseProgram() {
	file, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer maps.Close()
	var from, to uintptr // of a part of the file that is only read; to = 0: no such part
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), " ")
		switch begin, end, isPart := strings.Cut(key, "-"); {
		case isPart:
			from, to = address(begin), 0
			readOnly := strings.HasPrefix(value, "r-xp ") || strings.HasPrefix(value, "r--p ")
			if readOnly && strings.HasSuffix(value, " "+file) {
				to = address(end)
			}
		case key == "Anonymous:" && strings.TrimSpace(value) != "0 kB":
			to = 0
		case key == "VmFlags:" && to > from && from != 0:
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED) // no harm if refused
		}
	}
}

func address(hex string) uintptr {
	n, err := strconv.ParseUint(hex, 16, strconv.IntSize)
	if err != nil {
		return 0
	}
	return uintptr(n)
}
