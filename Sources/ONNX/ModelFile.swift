import Glibc
import Synchronization
import SystemPackage

/// A regular file that is open: a model, or an array for it.
public final class ModelFile: Sendable {
    private let descriptor: Int32
    let byteCount: Int
    private let firstFault = Mutex<ModelError.Fault?>(nil)

    /// - Throws: `unreadable` for what is not there or not a regular file (a FIFO is not waited for); `tooMany` beyond
    ///   `limit` bytes.
    init(_ path: FilePath, limit: Int) throws(ModelError.Fault) {
        let opened = path.withPlatformString { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY) }
        guard opened >= 0 else { throw .unreadable(String(cString: strerror(errno))) }
        var facts = stat(), fault: ModelError.Fault?
        if fstat(opened, &facts) != 0 {
            fault = .unreadable(String(cString: strerror(errno)))
        } else if facts.st_mode & S_IFMT != S_IFREG {
            fault = .unreadable("not a regular file")
        } else if facts.st_size > limit {
            fault = .tooMany("bytes", count: Int(facts.st_size), allowed: limit)
        }
        if let fault {
            close(opened)
            throw fault
        }
        descriptor = opened
        byteCount = Int(facts.st_size)
    }

    deinit { close(descriptor) }

    /// All bytes of a file.
    ///
    /// - Throws: as `init`, and `unreadable` for a file that becomes shorter while it is read.
    public static func bytes(of path: FilePath, limit: Int) throws(ModelError.Fault) -> [UInt8] {
        let file = try ModelFile(path, limit: limit)
        return try file.bytes(in: 0..<file.byteCount)
    }

    func bytes(in range: Range<Int>) throws(ModelError.Fault) -> [UInt8] {
        var fault: ModelError.Fault?
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            do throws(ModelError.Fault) {
                let bytes = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: range.count)
                try read(into: bytes, from: range.lowerBound)
                count = range.count
            } catch {
                fault = error
            }
        }
        if let fault { throw fault }
        return bytes
    }

    /// Fills memory with the bytes from a place on.
    func read(into bytes: UnsafeMutableRawBufferPointer, from offset: Int) throws(ModelError.Fault) {
        var count = 0
        while count < bytes.count {
            let got = pread(descriptor, bytes.baseAddress! + count, bytes.count - count, off_t(offset + count))
            if got > 0 {
                count += got
            } else if got == 0 {
                throw .unreadable("it became shorter while it was read")
            } else if errno != EINTR {
                throw .unreadable(String(cString: strerror(errno)))
            }
        }
    }

    /// Keeps the first fault of those who cannot throw one.
    func note(_ fault: ModelError.Fault) { firstFault.withLock { $0 = $0 ?? fault } }

    /// Why numbers that were asked for are missing; nil where none are.
    public var fault: ModelError.Fault? { firstFault.withLock { $0 } }
}
