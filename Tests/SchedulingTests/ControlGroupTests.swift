import Testing

@testable import Scheduling

@Suite("The budgets follow what affinity, control groups and the machine allow")
struct ControlGroupTests {
    private func texts(_ files: [String: String]) -> SystemTexts { SystemTexts { files[$0] } }

    private let unified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
    private let legacy = """
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
        35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
        41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw

        """

    @Test("version 2: every ancestor counts, the lowest limit holds")
    func unifiedAncestors() {
        let files = texts([
            "/proc/self/cgroup": "0::/system.slice/svertka.service\n", "/proc/self/mountinfo": unified,
            "/sys/fs/cgroup/system.slice/svertka.service/cpu.max": "max 100000\n",
            "/sys/fs/cgroup/system.slice/cpu.max": "150000 100000\n",
            "/sys/fs/cgroup/system.slice/svertka.service/memory.max": "max\n",
            "/sys/fs/cgroup/system.slice/svertka.service/memory.high": "400000000\n",
            "/sys/fs/cgroup/system.slice/memory.max": "500000000\n", "/proc/meminfo": "MemTotal:  2000000 kB\n",
        ])
        let cpu = CPUBudget.detect(affinity: 8, texts: files)
        #expect(cpu.quota == CPUBudget.Quota(processors: 1.5, file: "/sys/fs/cgroup/system.slice/cpu.max"))
        #expect(cpu.width == 2)
        let memory = MemoryLimit.detect(texts: files, physicalByCall: 1)
        #expect(memory.physical == 2_048_000_000)
        #expect(memory.bytes == 400_000_000)
        #expect(memory.group?.file == "/sys/fs/cgroup/system.slice/svertka.service/memory.high")
        #expect(memory.recommendedBudget.bytes == 300_000_000)
    }

    @Test("version 1: one hierarchy for each controller, -1 and the largest number mean none")
    func legacyHierarchies() {
        let files = texts([
            "/proc/self/cgroup": "4:memory:/a/b\n2:cpu,cpuacct:/c\n0::/\n", "/proc/self/mountinfo": legacy,
            "/sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_quota_us": "300000\n",
            "/sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_period_us": "100000\n",
            "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
            "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            "/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "9223372036854771712\n",
            "/sys/fs/cgroup/memory/a/memory.limit_in_bytes": "1000000\n",
        ])
        #expect(CPUBudget.detect(affinity: 8, texts: files).width == 3)
        #expect(CPUBudget.detect(affinity: 2, texts: files).width == 2)
        let memory = MemoryLimit.detect(texts: files, physicalByCall: 7_000_000)
        #expect(
            memory.group
                == MemoryLimit.GroupLimit(bytes: 1_000_000, file: "/sys/fs/cgroup/memory/a/memory.limit_in_bytes"))
        #expect(memory.physical == 7_000_000)
    }

    @Test("in a container the mount shows the container's own group as its top")
    func container() {
        let groups = ControlGroups(
            membership: "0::/docker/abc/inner\n",
            mounts: "30 23 0:26 /docker/abc /sys/fs/my\\040cgroup rw - cgroup2 cgroup rw\n")
        #expect(groups.folders("cpu").map(\.path) == ["/sys/fs/my cgroup/inner", "/sys/fs/my cgroup"])
        let outside = ControlGroups(
            membership: "0::/../other\n", mounts: "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n")
        #expect(outside.folders("cpu").map(\.path) == ["/sys/fs/cgroup"])
    }

    @Test(
        "nonsense means no limit, never a crash",
        arguments: ["", "\n", "::::", "a - b", "0::", "1:cpu", "- - - - - - - - - -"])
    func nonsense(text: String) {
        let files = texts([
            "/proc/self/cgroup": text, "/proc/self/mountinfo": text, "/proc/meminfo": "MemTotal: x\n",
            "/sys/fs/cgroup/cpu.max": "9 0",
        ])
        #expect(CPUBudget.detect(affinity: 0, texts: files) == CPUBudget(affinity: 1, quota: nil))
        #expect(MemoryLimit.detect(texts: files, physicalByCall: 5).bytes == 5)
    }

    @Test("tiny quotas still give one thread, huge ones no more than the affinity")
    func extremes() {
        func width(_ text: String) -> Int {
            CPUBudget.detect(
                affinity: 4,
                texts: texts([
                    "/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": unified, "/sys/fs/cgroup/cpu.max": text,
                ])
            ).width
        }
        #expect(width("1000 100000") == 1)
        #expect(width("9223372036854775807 1") == 4)
        #expect(width("0 100000") == 4)
        #expect(width("99999999999999999999 100000") == 4)
    }

    @Test("this machine allows something")
    func thisMachine() {
        #expect(CPUBudget.detect().width >= 1)
        #expect(CPUBudget.detect().affinity >= 1)
        #expect(MemoryLimit.detect().bytes > 1 << 20)
    }
}
