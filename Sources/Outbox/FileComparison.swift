import Glibc
import SystemPackage

/// Compares files byte by byte.
struct FileComparison {
    let calls: FileCalls
    /// Whether the first file is flushed to the disk when the two are the same: it may stem from a process that died
    /// before it could do so.
    let flushesFirst: Bool

    private static let bufferBytes = 64 << 10

    /// Whether `name` is a regular file with the same bytes as `other`, both in `folder`.
    func isSame(_ name: FilePath.Component, as other: FilePath.Component, in folder: Int32) throws(Errno) -> Bool {
        guard let status = try calls.status(name, in: folder), status.st_mode & S_IFMT == S_IFREG,
            let otherStatus = try calls.status(other, in: folder), status.st_size == otherStatus.st_size
        else { return false }
        let first = try calls.openFile(name, in: folder)
        defer { try? calls.close(first) }
        let second = try calls.openFile(other, in: folder)
        defer { try? calls.close(second) }
        guard try hasSameBytes(first, second) else { return false }
        if flushesFirst { try calls.flush(first) }
        return true
    }

    private func hasSameBytes(_ first: Int32, _ second: Int32) throws(Errno) -> Bool {
        let one = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferBytes, alignment: 16)
        let other = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferBytes, alignment: 16)
        defer {
            one.deallocate()
            other.deallocate()
        }
        while true {
            let count = try fill(one, from: first)
            guard try fill(other, from: second) == count else { return false }
            if count == 0 { return true }
            guard let left = one.baseAddress, let right = other.baseAddress, memcmp(left, right, count) == 0 else {
                return false
            }
        }
    }

    private func fill(_ buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32) throws(Errno) -> Int {
        var filled = 0
        while filled < buffer.count {
            let count = try calls.read(descriptor, into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            if count == 0 { break }
            filled += count
        }
        return filled
    }
}
