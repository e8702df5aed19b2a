import Glibc

/// Appends bytes to a descriptor; small pieces are collected.
final class OutputBuffer {
    private let descriptor: Int32
    private var pending: [UInt8] = []
    private static let capacity = 64 * 1024

    init(descriptor: Int32) {
        self.descriptor = descriptor
        pending.reserveCapacity(OutputBuffer.capacity)
    }

    func put(_ bytes: [UInt8]) throws(CodecError) {
        if pending.count + bytes.count > OutputBuffer.capacity { try flush() }
        pending += bytes
    }

    func put(_ bytes: UnsafeRawBufferPointer) throws(CodecError) {
        if pending.count + bytes.count <= OutputBuffer.capacity {
            pending.append(contentsOf: bytes)
        } else {
            try flush()
            try writeFully(bytes)
        }
    }

    func flush() throws(CodecError) {
        var failure: CodecError?
        pending.withUnsafeBytes { bytes in
            do throws(CodecError) { try writeFully(bytes) } catch { failure = error }
        }
        pending.removeAll(keepingCapacity: true)
        if let failure { throw failure }
    }

    private func writeFully(_ bytes: UnsafeRawBufferPointer) throws(CodecError) {
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
            if count < 0 {
                if errno == EINTR { continue }
                throw .io(operation: "write", errno: errno)
            }
            done += count
        }
    }
}

func bigEndian(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
