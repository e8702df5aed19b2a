import Glibc
import SystemPackage
import Testing

@testable import Intake

// There is one watcher in a process, so these tests follow one another.
@Suite("Every file that appears is handed out once", .serialized)
struct FolderWatcherTests {
    let folder: DropFolder

    init() throws {
        folder = try DropFolder()
        try folder.makeFolder("in")
    }

    private var root: FilePath { folder.path.appending("in") }

    private func expectOnce(_ names: [FilePath], _ watching: Watching, _ location: SourceLocation = #_sourceLocation) {
        #expect(watching.recorder.wait { $0.ready.count >= names.count }, sourceLocation: location)
        let ready = watching.recorder.current.ready
        #expect(Array(Set(names).subtracting(ready.keys).prefix(5)) == [FilePath](), sourceLocation: location)
        #expect(Array(Set(ready.keys).subtracting(names).prefix(5)) == [FilePath](), sourceLocation: location)
        #expect(ready.filter { $0.value != 1 }.prefix(5).map(\.key) == [FilePath](), sourceLocation: location)
    }

    @Test("Files that are there at the start")
    func presentAtStart() throws {
        try folder.makeFolder("in/sub")
        try folder.write("in/a.png")
        try folder.write("in/sub/b.png")
        expectOnce(["a.png", "sub/b.png"], try Watching(root))
    }

    @Test("Files that were concluded in an earlier run are not")
    func concludedEarlier() throws {
        try folder.write("in/a.png")
        try folder.write("in/b.png")
        var status = stat()
        #expect(root.appending("a.png").withPlatformString { lstat($0, &status) } == 0)
        expectOnce(["b.png"], try Watching(root, recorder: Recorder(concludedBefore: [FileIdentity(status)])))
    }

    @Test("Files written, renamed in, linked in and moved in with their folder")
    func waysIn() throws {
        let watching = try Watching(root)
        #expect(watching.settledIn())
        try folder.makeFolder("outside")
        var names: [FilePath] = []
        for index in 0..<20 {
            try folder.write("in/written\(index).png")
            try folder.write("in/renamed\(index).png.part")
            try folder.move("in/renamed\(index).png.part", to: "in/renamed\(index).png")
            try folder.write("outside/moved\(index).png")
            try folder.write("source\(index).png")
            try folder.link("source\(index).png", to: "in/linked\(index).png")
            for way in ["written", "renamed", "linked"] { names.append("\(way)\(index).png") }
            names.append("outside/moved\(index).png")
        }
        try folder.move("outside", to: "in/outside")
        expectOnce(names, watching)
    }

    @Test("Folders made and filled at once, 200 times; nested ones, 50 times")
    func folderRaces() throws {
        let watching = try Watching(root)
        #expect(watching.settledIn())
        var names: [FilePath] = []
        for index in 0..<200 {
            try folder.makeFolder("in/d\(index)")
            try folder.write("in/d\(index)/a.png")
            names.append("d\(index)/a.png")
        }
        for index in 0..<50 {
            var path = FilePath("in")
            for part in ["p\(index)", "q", "r", "s"] {
                path.append(part)
                try folder.makeFolder(path)
            }
            try folder.write(path.appending("a.png"))
            names.append("p\(index)/q/r/s/a.png")
        }
        expectOnce(names, watching)
    }

    @Test("A folder that is renamed again and again, files dropped in between")
    func movingFolder() throws {
        let watching = try Watching(root)
        #expect(watching.settledIn())
        try folder.makeFolder("in/m0")
        try folder.makeFolder("in/m0/deep")
        for index in 0..<10 {
            try folder.write("in/m\(index)/deep/f\(index).png")
            #expect(watching.recorder.wait { $0.ready.keys.contains { $0.lastComponent?.string == "f\(index).png" } })
            try folder.move("in/m\(index)", to: "in/m\(index + 1)")
        }
        try folder.write("in/m10/deep/last.png")
        #expect(watching.recorder.wait { $0.ready["m10/deep/last.png"] != nil })
    }

    @Test("A folder that is moved out is no longer watched")
    func movedOut() throws {
        try folder.makeFolder("in/sub")
        try folder.makeFolder("in/sub/deep")
        let watching = try Watching(root)
        #expect(watching.settledIn())
        try folder.move("in/sub", to: "elsewhere")
        try folder.write("in/marker.png")
        #expect(watching.recorder.wait { $0.ready["marker.png"] != nil })
        try folder.write("elsewhere/deep/x.png")
        try folder.write("elsewhere/x.png")
        try folder.write("in/marker2.png")
        expectOnce(["marker.png", "marker2.png"], watching)
    }

    @Test("A file that is written slowly is taken after its last byte, through pauses longer than the quiet period")
    func slowWriter() throws {
        let watching = try Watching(root)
        #expect(watching.settledIn())
        let file = try FileDescriptor.open(
            root.appending("slow.png"), .writeOnly, options: [.create], permissions: .ownerReadWrite)
        for byte in DropFolder.picture {
            try file.writeAll([byte])
            usleep(10_000)
        }
        usleep(400_000)
        #expect(watching.recorder.current.ready.isEmpty)
        try file.close()
        expectOnce(["slow.png"], watching)
    }

    @Test("Of two writers, the last one counts")
    func twoWriters() throws {
        let watching = try Watching(root)
        #expect(watching.settledIn())
        let path = root.appending("two.png")
        let first = try FileDescriptor.open(path, .writeOnly, options: [.create], permissions: .ownerReadWrite)
        let second = try FileDescriptor.open(path, .writeOnly, options: [.append])
        try first.writeAll(DropFolder.picture)
        try first.close()
        usleep(300_000)
        #expect(watching.recorder.current.ready.isEmpty)
        try second.writeAll(DropFolder.picture)
        try second.close()
        expectOnce(["two.png"], watching)
        #expect(watching.recorder.current.sizes["two.png"] == [Int64(2 * DropFolder.picture.count)])
    }

    @Test("A file written through a mapping")
    func mappedWriter() throws {
        let watching = try Watching(root)
        #expect(watching.settledIn())
        let bytes = DropFolder.picture
        let file = try FileDescriptor.open(
            root.appending("mapped.png"), .readWrite, options: [.create], permissions: .ownerReadWrite)
        #expect(ftruncate(file.rawValue, off_t(bytes.count)) == 0)
        let memory = try #require(mmap(nil, bytes.count, PROT_READ | PROT_WRITE, MAP_SHARED, file.rawValue, 0))
        try file.close()
        usleep(300_000)
        #expect(watching.recorder.current.ready.isEmpty)
        memory.copyMemory(from: bytes, byteCount: bytes.count)
        msync(memory, bytes.count, MS_SYNC)
        munmap(memory, bytes.count)
        expectOnce(["mapped.png"], watching)
    }

    @Test("A file that is made without a name and then linked")
    func namelessThenLinked() throws {
        let watching = try Watching(root)
        #expect(watching.settledIn())
        // O_TMPFILE, which the C library's module does not show.
        let nameless: Int32 = 0o20_000_000 | O_DIRECTORY
        let file = root.withPlatformString { open($0, nameless | O_RDWR, 0o600) }
        try #require(file >= 0)
        _ = try FileDescriptor(rawValue: file).writeAll(DropFolder.picture)
        let result = root.appending("late.png").withPlatformString {
            linkat(AT_FDCWD, "/proc/self/fd/\(file)", AT_FDCWD, $0, AT_SYMLINK_FOLLOW)
        }
        #expect(result == 0)
        close(file)
        expectOnce(["late.png"], watching)
    }

    @Test("A rename storm ends with one file, handed out under its last name")
    func renameStorm() throws {
        let watching = try Watching(root)
        #expect(watching.settledIn())
        try folder.write("in/a.png")
        for _ in 0..<500 {
            try folder.move("in/a.png", to: "in/b.png")
            try folder.move("in/b.png", to: "in/a.png")
        }
        try folder.move("in/a.png", to: "in/end.png")
        #expect(watching.recorder.wait { $0.ready["end.png"] == 1 })
    }

    @Test("Names of any bytes")
    func oddNames() throws {
        let names: [[UInt8]] = [
            Array("non".utf8) + [0xff, 0xfe] + Array("utf8.png".utf8), Array("new\nline.png".utf8),
            Array(repeating: UInt8(ascii: "a"), count: 251) + Array(".png".utf8), Array("-rf.png".utf8),
            Array("cafe\u{301}.png".utf8), Array("caf\u{e9}.png".utf8), Array("esc\u{1b}[2J\"'$(x)`.png".utf8),
            Array(" .png".utf8), Array("*?[a].png".utf8), Array("\\.png".utf8),
        ]
        let watching = try Watching(root)
        #expect(watching.settledIn())
        let paths = names.map { name in
            (name + [0]).withUnsafeBufferPointer { buffer in
                buffer.withMemoryRebound(to: CChar.self) { FilePath(platformString: $0.baseAddress!) }
            }
        }
        for path in paths { try folder.write(FilePath("in").pushing(path)) }
        expectOnce(paths, watching)
    }

    @Test("Pipes, links, sockets and folders are told once and stop nothing")
    func specialFiles() throws {
        let watching = try Watching(root)
        #expect(watching.settledIn())
        #expect(root.appending("pipe.png").withPlatformString { mkfifo($0, 0o600) } == 0)
        #expect(symlink("/etc/passwd", root.appending("link.png").string) == 0)
        #expect(symlink("loop.png", root.appending("loop.png").string) == 0)
        #expect(symlink("..", root.appending("up").string) == 0)
        try folder.makeFolder("in/folder.png")
        try folder.write("in/folder.png/inside.png")
        try folder.write("in/text.txt")
        try folder.write("in/.hidden.png")
        try folder.write("in/.svertka-1-2.png")
        expectOnce(["folder.png/inside.png"], watching)
        #expect(watching.recorder.wait { $0.ignored.count == 5 })
        watching.watcher.rescan(RootID(0))
        #expect(watching.recorder.wait { $0.scans.count == 2 })
        let notes = watching.recorder.current
        #expect(
            notes.ignored == [
                "pipe.png": [.namedPipe], "link.png": [.symbolicLink], "loop.png": [.symbolicLink],
                "up": [.symbolicLink], "text.txt": [.notIncluded],
            ])
        #expect(notes.ignoredFolders == ["folder.png": .folder])
    }

    @Test("A queue that overflows while the reader stands still loses nothing")
    func overflow() throws {
        let watching = try Watching(root)
        #expect(watching.settledIn())
        let noise = (0..<2).map { root.appending("noise\($0).txt").string }
        for path in noise { try #require(creat(path, 0o600) >= 0) }
        try watching.recorder.gate.withLock { _ in
            try folder.write("in/first.png")
            usleep(100_000)
            // The kernel keeps 16,384 events; equal ones that follow each other are one.
            for _ in 0..<9000 {
                for path in noise { chmod(path, 0o600) }
            }
            for index in 0..<500 { try folder.write("in/\(index).png") }
        }
        expectOnce(["first.png"] + (0..<500).map { "\($0).png" }, watching)
        #expect(watching.recorder.current.overflows > 0)
    }

    @Test("A root that is replaced is watched anew")
    func replacedRoot() throws {
        let watching = try Watching(root)
        #expect(watching.settledIn())
        try folder.move("in", to: "old")
        #expect(watching.recorder.wait { $0.missing == 1 })
        try folder.makeFolder("new")
        try folder.write("new/there.png")
        try folder.move("new", to: "in")
        watching.watcher.checkRoots()
        expectOnce(["there.png"], watching)
        try folder.write("in/later.png")
        expectOnce(["there.png", "later.png"], watching)
        #expect(watching.recorder.current.returned == 1)
    }

    @Test("A folder deleted and made again under the same name is watched again, many times over")
    func recreatedFolder() throws {
        let watching = try Watching(root)
        #expect(watching.settledIn())
        for round in 0..<100 {
            try folder.makeFolder("in/sub")
            // After the folder's listing only a watch can tell of the second file.
            try folder.write("in/sub/a\(round).png")
            #expect(watching.recorder.wait { $0.ready["sub/a\(round).png"] == 1 })
            try folder.write("in/sub/b\(round).png")
            #expect(watching.recorder.wait { $0.ready["sub/b\(round).png"] == 1 })
            try folder.remove("in/sub/a\(round).png")
            try folder.remove("in/sub/b\(round).png")
            #expect(rmdir(root.appending("sub").string) == 0)
        }
    }

    @Test("A folder of results inside the root is never entered")
    func forbidden() throws {
        try folder.makeFolder("in/out")
        try folder.makeFolder("in/sub")
        try folder.write("in/out/a.png")
        try folder.write("in/sub/b.png")
        let identity = try #require(DroppedFile.folderIdentity(root.appending("out")))
        let watching = try Watching(root, forbidden: [identity])
        expectOnce(["sub/b.png"], watching)
        #expect(watching.recorder.current.ignoredFolders == ["out": .ownFolder])
    }

    @Test("Rest is told when nothing is left to do, and again after each file")
    func idle() throws {
        let watching = try Watching(root)
        #expect(watching.recorder.wait { $0.idle == 1 })
        try folder.write("in/a.png", [1, 2, 3])
        #expect(watching.recorder.wait { $0.idle == 2 && $0.ready["a.png"] == 1 })
    }

    @Test("A folder that is polled")
    func polling() throws {
        let watching = try Watching(
            root, mode: .polling,
            intervals: WatchIntervals(rootCheck: .seconds(3600), reconcile: .seconds(3600), poll: .milliseconds(50)))
        #expect(watching.settledIn())
        try folder.write("in/a.png")
        try folder.makeFolder("in/sub")
        try folder.write("in/sub/b.png")
        expectOnce(["a.png", "sub/b.png"], watching)
        try folder.write("in/sub/c.png")
        expectOnce(["a.png", "sub/b.png", "sub/c.png"], watching)
        #expect(watching.recorder.current.polling == [.configured])
    }

    @Test("A second watcher in the process is refused")
    func secondWatcher() throws {
        let watching = try Watching(root)
        #expect(watching.settledIn())
        let other = try FolderWatcher(observer: Recorder())
        #expect(throws: IntakeError.watcherInUse) { try other.start(roots: []) }
    }

    @Test("Without recursion, files in subfolders stay where they are")
    func flat() throws {
        let flat = PathMatcher(includes: { $0.extension == "png" }, isRecursive: false)
        let watching = try Watching(root, matcher: flat)
        #expect(watching.settledIn())
        try folder.makeFolder("in/sub")
        try folder.write("in/sub/b.png")
        try folder.write("in/a.png")
        expectOnce(["a.png"], watching)
    }

    @Test("New patterns take what lay there unwanted, and leave what they no longer want")
    func newPatterns() throws {
        try folder.makeFolder("in/sub")
        try folder.write("in/a.png")
        try folder.write("in/b.jpg")
        let watching = try Watching(root, matcher: PathMatcher(includes: { $0.extension == "png" }))
        #expect(watching.recorder.wait { $0.ignored["b.jpg"] == [.notIncluded] && $0.ready["a.png"] == 1 })
        let flat = PathMatcher(includes: { $0.extension == "jpg" }, isRecursive: false)
        watching.watcher.setRoots([
            WatchedRoot(
                id: RootID(0), path: root, rule: SettleTracker.Rule(quiet: .milliseconds(100)), matcher: flat)
        ])
        #expect(watching.recorder.wait { $0.ready["b.jpg"] == 1 && $0.scans.count == 2 })
        try folder.write("in/sub/c.jpg")
        try folder.write("in/d.jpg")
        expectOnce(["a.png", "b.jpg", "d.jpg"], watching)
    }

    @Test("Very deep folders end at the limit, without harm")
    func deep() throws {
        let watching = try Watching(root)
        #expect(watching.settledIn())
        var path = FilePath("in")
        for _ in 0..<150 {
            path.append("d")
            try folder.makeFolder(path)
        }
        try folder.write("in/a.png")
        #expect(
            watching.recorder.wait { $0.ready["a.png"] == 1 && $0.ignoredFolders.values.contains(.tooDeep(limit: 128)) }
        )
    }

    @Test("A root that is mounted into itself again and again stays watched", .enabled(if: geteuid() == 0))
    func mountedIntoItself() throws {
        let watching = try Watching(root)
        #expect(watching.settledIn())
        for round in 0..<30 {
            let inner = root.appending("m\(round)")
            try folder.makeFolder(FilePath("in/m\(round)"))
            // Without the right to mount there is nothing to test.
            guard mount(root.string, inner.string, nil, UInt(MS_BIND), nil) == 0 else { return }
            try folder.write(FilePath("in/f\(round).png"))
            #expect(watching.recorder.wait { $0.ready["f\(round).png"] == 1 })
            #expect(umount2(inner.string, Int32(MNT_DETACH)) == 0)
        }
        #expect(watching.recorder.current.ready.count == 30)
    }
}
