import Glibc

/// Random access to a regular file through one buffer, for the parts of a file that we parse ourselves.
///
/// The descriptor stays the caller's; its offset is neither used nor moved.
final class FileWindow {
    let descriptor: Int32
    /// The file's length when it was opened.
    let length: Int

    private var buffer: [UInt8]
    private var start = 0
    private var filled = 0

    init(descriptor: Int32, capacity: Int = 64 * 1024) throws(CodecError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .io(operation: "fstat", errno: errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .notAnImage(found: "a directory")
        default: throw .notAnImage(found: "not a regular file")
        }
        self.descriptor = descriptor
        length = Int(status.st_size)
        buffer = [UInt8](repeating: 0, count: max(1, min(capacity, length)))
    }

    /// The byte at `offset`, or nil beyond the end.
    func byte(at offset: Int) throws(CodecError) -> UInt8? {
        if offset < start || offset >= start + filled {
            guard offset >= 0, offset < length else { return nil }
            try fill(from: offset)
            guard filled > 0 else { return nil }
        }
        return buffer[offset - start]
    }

    /// The first place from `offset` on that holds `value`, or nil.
    func firstIndex(of value: UInt8, from offset: Int) throws(CodecError) -> Int? {
        var offset = max(0, offset)
        while try byte(at: offset) != nil {
            let found = buffer.withUnsafeBytes { raw -> Int? in
                let begin = raw.baseAddress! + (offset - start)
                return memchr(begin, Int32(value), start + filled - offset).map { UnsafeRawPointer($0) - begin }
            }
            if let found { return offset + found }
            offset = start + filled
        }
        return nil
    }

    /// The big-endian number of four bytes at `offset`, or nil beyond the end.
    func word(at offset: Int) throws(CodecError) -> UInt32? {
        var value: UInt32 = 0
        for index in 0..<4 {
            guard let byte = try byte(at: offset + index) else { return nil }
            value = value << 8 | UInt32(byte)
        }
        return value
    }

    /// Up to `count` bytes from `offset` on: fewer at the end of the file.
    func bytes(at offset: Int, count: Int) throws(CodecError) -> [UInt8] {
        let available = max(0, min(count, length - offset))
        guard available > 0 else { return [] }
        if offset >= start, offset + available <= start + filled {
            return Array(buffer[(offset - start)..<(offset - start + available)])
        }
        var failure: CodecError?
        let result = [UInt8](unsafeUninitializedCapacity: available) { target, initialized in
            let raw = UnsafeMutableRawBufferPointer(target)
            do throws(CodecError) {
                initialized = try readFully(descriptor, at: offset, into: raw)
            } catch {
                failure = error
                initialized = 0
            }
        }
        if let failure { throw failure }
        return result
    }

    private func fill(from offset: Int) throws(CodecError) {
        var failure: CodecError?
        start = offset
        filled = 0
        buffer.withUnsafeMutableBytes { raw in
            do throws(CodecError) { filled = try readFully(descriptor, at: offset, into: raw) } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}

/// Reads until `buffer` is full or the file ends; the count of bytes read.
func readFully(_ descriptor: Int32, at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(CodecError)
    -> Int
{
    var done = 0
    while done < buffer.count {
        let got = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, offset + done)
        if got < 0 {
            if errno == EINTR { continue }
            throw .io(operation: "pread", errno: errno)
        }
        if got == 0 { break }
        done += got
    }
    return done
}
