import Glibc
import Pipelines

/// The inputs of a batch one after the other: named files, and the pictures in named folders, in the order of names.
///
/// Only the names of the folders that are being walked are in memory, so that a batch may have any number of files.
public struct InputWalk {
    /// What stands for something other than a picture.
    public enum Event: Sendable {
        case file(InputFile)
        /// A path that cannot be read, and why.
        case unreadable(path: [UInt8], errno: Int32)
    }

    /// Where paths come from.
    public enum Origin {
        case arguments([[UInt8]])
        /// One path on each line.
        case lines(LineReader)
    }

    private struct Folder {
        /// With a slash at its end.
        let path: [UInt8]
        let relative: [UInt8]
        /// Reversed: the next one is the last.
        var entries: [[UInt8]]
    }

    private var arguments: [[UInt8]] = []
    private var lines: LineReader?
    private var folders: [Folder] = []
    private let share: Share?
    /// Files in folders that are no pictures, and things that are no files.
    public private(set) var passedOver = 0

    public init(_ origin: Origin, share: Share? = nil) {
        self.share = share
        switch origin {
        case .arguments(let paths): arguments = paths.reversed()
        case .lines(let reader): lines = reader
        }
    }

    public mutating func next() -> Event? {
        while true {
            if let event = nextInFolder() { return event }
            if !folders.isEmpty { continue }
            guard let path = nextArgument() else { return nil }
            if let event = named(path) { return event }
        }
    }

    private mutating func nextArgument() -> [UInt8]? {
        while true {
            guard let path = arguments.popLast() ?? lines?.next() else { return nil }
            if !path.isEmpty { return path }
        }
    }

    private mutating func named(_ path: [UInt8]) -> Event? {
        var status = stat()
        guard withPath(path, { stat($0, &status) }) == 0 else { return .unreadable(path: path, errno: errno) }
        if status.st_mode & S_IFMT == S_IFDIR {
            let folder = path.last == slash ? path : path + [slash]
            return open(folder, relative: [])
        }
        // Lists give paths relative to one place, whose folders are worth keeping; arguments are files by themselves.
        let name: PictureName =
            lines != nil && path.first != slash && !path.split(separator: slash).contains(Array("..".utf8)[...])
            ? PictureName(relativePath: path) : PictureName(folder: [], file: PictureName(relativePath: path).file)
        let file = InputFile(path: path, name: name, isNamed: true)
        return share?.includes(file.relativePath) ?? true ? .file(file) : nil
    }

    private mutating func open(_ path: [UInt8], relative: [UInt8]) -> Event? {
        guard let directory = withPath(path, { opendir($0) }) else { return .unreadable(path: path, errno: errno) }
        defer { closedir(directory) }
        var entries: [[UInt8]] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: UInt8.self, capacity: 256) { start in
                    Array(
                        UnsafeBufferPointer(
                            start: start,
                            count: strnlen(UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self), 256)))
                }
            }
            // Hidden files, our own temporaries among them, are no input.
            if name.first != UInt8(ascii: ".") { entries.append(name) }
        }
        entries.sort { $0.lexicographicallyPrecedes($1) }
        folders.append(Folder(path: path, relative: relative, entries: entries.reversed()))
        return nil
    }

    private mutating func nextInFolder() -> Event? {
        guard let last = folders.indices.last else { return nil }
        guard let entry = folders[last].entries.popLast() else {
            folders.removeLast()
            return nil
        }
        let path = folders[last].path + entry
        let relative = folders[last].relative + entry
        var status = stat()
        guard withPath(path, { lstat($0, &status) }) == 0 else { return .unreadable(path: path, errno: errno) }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return open(path + [slash], relative: relative + [slash])
        case S_IFREG:
            guard PictureSniffer.isPicture(path) else {
                passedOver += 1
                return nil
            }
            guard share?.includes(relative) ?? true else { return nil }
            return .file(InputFile(path: path, name: PictureName(relativePath: relative), isNamed: false))
        default:
            passedOver += 1
            return nil
        }
    }
}

private let slash = UInt8(ascii: "/")

/// Calls a C function with a path as a string that ends with 0.
func withPath<Result>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    (path + [0]).withUnsafeBytes { body($0.bindMemory(to: CChar.self).baseAddress!) }
}
