import CInotifyTools
import Glibc
import Synchronization
import SystemPackage

/// One event, copied out of the library's buffer.
struct InotifyEvent: Sendable {
    struct Mask: OptionSet, Sendable {
        let rawValue: UInt32

        static let changed = Mask(rawValue: UInt32(IN_ATTRIB))
        static let closedAfterWriting = Mask(rawValue: UInt32(IN_CLOSE_WRITE))
        static let movedTo = Mask(rawValue: UInt32(IN_MOVED_TO))
        static let created = Mask(rawValue: UInt32(IN_CREATE))
        static let deletedSelf = Mask(rawValue: UInt32(IN_DELETE_SELF))
        static let movedSelf = Mask(rawValue: UInt32(IN_MOVE_SELF))
        static let unmounted = Mask(rawValue: UInt32(IN_UNMOUNT))
        static let overflowed = Mask(rawValue: UInt32(IN_Q_OVERFLOW))
        static let watchEnded = Mask(rawValue: UInt32(IN_IGNORED))
        static let isFolder = Mask(rawValue: UInt32(IN_ISDIR))

        /// What a watched folder reports. Deletions and departures are left out: a file that is gone is noticed by
        /// the next look at it, and each original that is moved away would be an event.
        static let subscribed: Mask = [
            .changed, .closedAfterWriting, .movedTo, .created, .deletedSelf, .movedSelf,
        ]
    }

    let watch: Int32
    let mask: Mask
    /// The name in the watched folder, with a zero behind it; nil when the event is about the folder itself.
    let name: [CChar]?
}

/// The process's one use of libinotifytools.
///
/// The library keeps its state in globals and static buffers: it must be called from one thread only, and there is
/// one connection in a process at a time. It is not `Sendable`, so that it stays on the thread that made it.
final class InotifyConnection {
    private static let isTaken = Mutex(false)

    /// The kernel's queue, to be polled for events; nil when it could not be found, then `next` has to be asked now
    /// and then.
    let descriptor: Int32?

    /// The library cannot forget a watch that the kernel has ended, and finds watches by the spelling of their path:
    /// how many such leftovers there are for each path, and in all.
    private var leftovers: [FilePath: Int] = [:]
    private(set) var leftoverCount = 0

    /// Whether so many leftovers have gathered that the connection should be made anew.
    var wantsRenewal: Bool { leftoverCount > 20_000 || hasLongSpelling }
    private var hasLongSpelling = false

    init() throws(IntakeError) {
        let isFree = Self.isTaken.withLock { taken in
            defer { taken = true }
            return !taken
        }
        guard isFree else { throw .watcherInUse }
        let before = Self.inotifyDescriptors()
        guard inotifytools_initialize() != 0 else {
            let error = Errno(rawValue: inotifytools_error())
            Self.isTaken.withLock { $0 = false }
            throw .cannotWatch(error, WatchLimit(error))
        }
        let added = Self.inotifyDescriptors().subtracting(before)
        descriptor = added.count == 1 ? added.first : nil
        // The library waits with select(), whose set ends there.
        if let descriptor, descriptor >= FD_SETSIZE {
            inotifytools_cleanup()
            Self.isTaken.withLock { $0 = false }
            throw .cannotWatch(.tooManyOpenFiles, .instances)
        }
    }

    deinit {
        // Events left in the library's static buffer would be taken for the next connection's.
        while next() != nil {}
        inotifytools_cleanup()
        Self.isTaken.withLock { $0 = false }
    }

    /// Watches a folder and returns the watch's number.
    func watch(_ path: FilePath) throws(Errno) -> Int32 {
        let generation = leftovers[path, default: 0]
        if generation >= 64 { hasLongSpelling = true }
        let mask = Int32(bitPattern: InotifyEvent.Mask.subscribed.rawValue) | Int32(IN_ONLYDIR) | Int32(IN_EXCL_UNLINK)
        return try Self.withSpelling(of: path, generation) { spelling throws(Errno) in
            guard inotifytools_watch_file(spelling, mask) != 0 else {
                let error = inotifytools_error()
                throw Errno(rawValue: error == 0 ? EIO : error)
            }
            let watch = inotifytools_wd_from_filename(spelling)
            guard watch > 0 else { throw .noSuchFileOrDirectory }
            return watch
        }
    }

    /// Ends a watch that the kernel still holds.
    func unwatch(_ watch: Int32) {
        _ = inotifytools_remove_watch_by_wd(watch)
    }

    /// Takes note that the kernel ended the watch on a path by itself.
    func watchEnded(on path: FilePath) {
        leftovers[path, default: 0] += 1
        leftoverCount += 1
    }

    /// The next event that has happened already; never waits.
    func next() -> InotifyEvent? {
        // Not inotifytools_next_event(0): depending on the library's version, that waits.
        guard let event = inotifytools_next_events(0, 1) else { return nil }
        let name: [CChar]? =
            if event.pointee.len > 0 {
                UnsafeRawPointer(event).advanced(by: MemoryLayout<inotify_event>.size)
                    .withMemoryRebound(to: CChar.self, capacity: Int(event.pointee.len)) { start in
                        // The kernel pads names with zeros to a multiple of 16.
                        Array(UnsafeBufferPointer(start: start, count: strnlen(start, Int(event.pointee.len) - 1) + 1))
                    }
            } else {
                nil
            }
        return InotifyEvent(
            watch: event.pointee.wd, mask: InotifyEvent.Mask(rawValue: event.pointee.mask), name: name)
    }

    /// A spelling of the path that the library has not seen yet: it ends in a slash, as the library spells folders,
    /// and each generation has one more `/.` in front.
    private static func withSpelling<Result>(
        of path: FilePath, _ generation: Int, _ body: (UnsafePointer<CChar>) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        var bytes: [CChar] = []
        for _ in 0..<generation {
            bytes.append(CChar(UInt8(ascii: "/")))
            bytes.append(CChar(UInt8(ascii: ".")))
        }
        path.withPlatformString { bytes += UnsafeBufferPointer(start: $0, count: strlen($0)) }
        if bytes.last != CChar(UInt8(ascii: "/")) { bytes.append(CChar(UInt8(ascii: "/"))) }
        bytes.append(0)
        guard bytes.count <= Int(PATH_MAX) else { throw .fileNameTooLong }
        return try bytes.withUnsafeBufferPointer { buffer throws(Errno) in try body(buffer.baseAddress!) }
    }

    /// The process's open inotify queues; nobody else in the process makes any.
    private static func inotifyDescriptors() -> Set<Int32> {
        var opened: OpaquePointer?
        repeat { opened = opendir("/proc/self/fd") } while opened == nil && errno == EINTR
        guard let folder = opened else { return [] }
        defer { closedir(folder) }
        var found: Set<Int32> = []
        var target = [CChar](repeating: 0, count: 64)
        while let entry = readdir(folder) {
            let name = UnsafeRawPointer(entry).advanced(by: MemoryLayout<dirent>.offset(of: \.d_name)!)
                .assumingMemoryBound(to: CChar.self)
            let length = readlinkat(dirfd(folder), name, &target, target.count)
            guard length > 0, let number = Int32(String(cString: name)),
                target.prefix(length).elementsEqual("anon_inode:inotify".utf8.map(CChar.init(bitPattern:)))
            else { continue }
            found.insert(number)
        }
        return found
    }
}
