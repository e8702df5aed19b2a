import SystemPackage
import Testing

@testable import Daemon

@Suite("Folders that would feed the service with its own files are found")
struct FolderSafetyTests {
    private let safety = FolderSafety(
        mountInfo: """
            22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
            30 22 0:25 / /tmp rw - tmpfs tmpfs rw
            31 22 254:0 /srv/in/sub /mnt/bind rw - ext4 /dev/vda rw
            32 22 254:0 /srv/with\\040space /mnt/with\\040space rw - ext4 /dev/vda rw
            33 22 254:16 / /srv/other rw - ext4 /dev/vdb rw
            """)

    private func isInside(_ inner: String, _ outer: String) -> Bool {
        safety.location(of: inner).isInside(safety.location(of: outer))
    }

    @Test("Names, bind mounts and other file systems")
    func locations() {
        #expect(isInside("/srv/in/out", "/srv/in"))
        #expect(isInside("/srv/in", "/srv/in"))
        #expect(!isInside("/srv/in", "/srv/in/out"))
        #expect(!isInside("/srv/input", "/srv/in"))
        #expect(isInside("/mnt/bind", "/srv/in"))
        #expect(isInside("/mnt/bind/deeper", "/srv/in"))
        #expect(isInside("/srv/in/sub/x", "/mnt/bind"))
        #expect(!isInside("/mnt/bind", "/srv/out"))
        #expect(isInside("/mnt/with space/x", "/srv/with space"))
        #expect(!isInside("/tmp/in/out", "/srv/in"))
        #expect(!isInside("/srv/other/in", "/srv/in"))
        #expect(!isInside("/srv/other", "/"))
    }
}
