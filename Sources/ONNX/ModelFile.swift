import Glibc
import Synchronization
import SystemPackage

/// A file that was read whole: a model, or an array for it. Parts of it can be read again, as long as they stay what
/// they were.
public final class ModelFile: Sendable {
    private let descriptor: Int32
    private let firstFault = Mutex<ModelError.Fault?>(nil)

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// The bytes of a regular file.
    ///
    /// - Throws: `unreadable` for what is not there, not a regular file (a FIFO is not waited for) or becomes shorter
    ///   while it is read; `tooMany` beyond `limit` bytes.
    public static func bytes(of path: FilePath, limit: Int) throws(ModelError.Fault) -> [UInt8] {
        try open(path, limit: limit).bytes
    }

    /// The bytes of a regular file, and the file itself. It throws as `bytes` does.
    static func open(_ path: FilePath, limit: Int) throws(ModelError.Fault) -> (bytes: [UInt8], file: ModelFile) {
        let descriptor = path.withPlatformString { Glibc.open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY) }
        guard descriptor >= 0 else { throw .unreadable(String(cString: strerror(errno))) }
        var facts = stat()
        let file = ModelFile(descriptor)
        guard fstat(descriptor, &facts) == 0 else { throw .unreadable(String(cString: strerror(errno))) }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw .unreadable("not a regular file") }
        let size = Int(facts.st_size)
        guard size <= limit else { throw .tooMany("bytes", count: size, allowed: limit) }
        var fault: ModelError.Fault?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            fault = file.fill(UnsafeMutableRawBufferPointer(buffer), from: 0)
            count = fault == nil ? buffer.count : 0
        }
        if let fault { throw fault }
        return (bytes, file)
    }

    /// Reads some bytes again. Where they cannot be read, or are others than before, `fault` says so from then on.
    func read(into bytes: UnsafeMutableRawBufferPointer, from offset: Int, checksum: UInt64) {
        var fault = fill(bytes, from: offset)
        if fault == nil, Self.checksum(of: UnsafeRawBufferPointer(bytes)) != checksum {
            fault = .unreadable("it was changed while it was in use; put new versions in its place by renaming")
        }
        if let fault { firstFault.withLock { $0 = $0 ?? fault } }
    }

    /// Differs for bytes that differ, unless somebody makes an effort: what is looked for are other weights, not frauds.
    static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt64 {
        // Lanes of their own, so that the multiplications need not wait for each other.
        var sums = SIMD4<UInt64>(repeating: UInt64(bytes.count)), at = 0
        while at + 32 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: at, as: SIMD4<UInt64>.self)
            sums = (sums ^ word) &* 0x9e37_79b9_7f4a_7c15
            sums ^= sums &>> 29
            at += 32
        }
        var sum = (0..<4).reduce(0) { ($0 ^ sums[$1]) &* 0x9e37_79b9_7f4a_7c15 }
        for byte in bytes[at...] { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return sum
    }

    /// Why bytes that were asked for again are missing; nil where none are.
    public var fault: ModelError.Fault? { firstFault.withLock { $0 } }

    private func fill(_ bytes: UnsafeMutableRawBufferPointer, from offset: Int) -> ModelError.Fault? {
        var count = 0
        while count < bytes.count {
            let got = pread(descriptor, bytes.baseAddress! + count, bytes.count - count, off_t(offset + count))
            if got > 0 {
                count += got
            } else if got == 0 {
                return .unreadable("it became shorter while it was read")
            } else if errno != EINTR {
                return .unreadable(String(cString: strerror(errno)))
            }
        }
        return nil
    }
}
