import Glibc
import SystemPackage

/// The XXH64 hash of a file's bytes together with their number.
///
/// It tells whether the same picture was dropped again; it protects nothing, so speed counts and cryptography does
/// not. Why this one: docs/decisions/ledger.md.
public struct ContentHash: Hashable, Sendable {
    public let digest: UInt64
    /// In bytes.
    public let size: Int64

    public init(digest: UInt64, size: Int64) {
        self.digest = digest
        self.size = size
    }

    /// Hashes bytes in memory.
    public init(of bytes: some Sequence<UInt8>) {
        var state = XXH64()
        let bytes = Array(bytes)
        bytes.withUnsafeBytes { state.add($0) }
        self.init(digest: state.finish(), size: Int64(bytes.count))
    }

    /// Hashes an open file from its first byte to its last; the descriptor's position stays where it is.
    ///
    /// - Parameter isCancelled: asked before each piece of 1 MiB; once it is true, the answer is nil.
    public init?(of file: FileDescriptor, isCancelled: () -> Bool = { false }) throws(Errno) {
        var state = XXH64()
        var offset: Int64 = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            if isCancelled() { return nil }
            let count = pread(file.rawValue, buffer.baseAddress, buffer.count, off_t(offset))
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw Errno(rawValue: errno)
            }
            state.add(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += Int64(count)
        }
        self.init(digest: state.finish(), size: offset)
    }
}

/// XXH64 with seed 0, after its specification (xxhash_spec.md, "XXH64 Algorithm Description").
struct XXH64 {
    private static let prime1: UInt64 = 0x9e37_79b1_85eb_ca87
    private static let prime2: UInt64 = 0xc2b2_ae3d_27d4_eb4f
    private static let prime3: UInt64 = 0x1656_67b1_9e37_79f9
    private static let prime4: UInt64 = 0x85eb_ca77_c2b2_ae63
    private static let prime5: UInt64 = 0x27d4_eb2f_1656_67c5

    private var lanes = SIMD4<UInt64>(prime1 &+ prime2, prime2, 0, 0 &- prime1)
    private var length: UInt64 = 0
    /// The bytes since the last whole stripe of 32.
    private var rest: [UInt8] = []

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        length &+= UInt64(bytes.count)
        var bytes = bytes
        if !rest.isEmpty {
            let missing = min(32 - rest.count, bytes.count)
            rest.append(contentsOf: bytes[..<missing])
            bytes = UnsafeRawBufferPointer(rebasing: bytes[missing...])
            guard rest.count == 32 else { return }
            rest.withUnsafeBytes { lanes = Self.mixed(lanes, stripes: $0) }
            rest.removeAll(keepingCapacity: true)
        }
        let whole = bytes.count & ~31
        lanes = Self.mixed(lanes, stripes: UnsafeRawBufferPointer(rebasing: bytes[..<whole]))
        rest.append(contentsOf: bytes[whole...])
    }

    private static func mixed(_ lanes: SIMD4<UInt64>, stripes: UnsafeRawBufferPointer) -> SIMD4<UInt64> {
        var (first, second, third, fourth) = (lanes[0], lanes[1], lanes[2], lanes[3])
        for offset in stride(from: 0, to: stripes.count, by: 32) {
            first = round(first, word(stripes, offset))
            second = round(second, word(stripes, offset + 8))
            third = round(third, word(stripes, offset + 16))
            fourth = round(fourth, word(stripes, offset + 24))
        }
        return SIMD4(first, second, third, fourth)
    }

    func finish() -> UInt64 {
        var hash: UInt64
        if length >= 32 {
            hash =
                Self.rotated(lanes[0], 1) &+ Self.rotated(lanes[1], 7) &+ Self.rotated(lanes[2], 12)
                &+ Self.rotated(lanes[3], 18)
            for lane in 0..<4 {
                hash = (hash ^ Self.round(0, lanes[lane])) &* Self.prime1 &+ Self.prime4
            }
        } else {
            hash = Self.prime5
        }
        hash = hash &+ length
        rest.withUnsafeBytes { bytes in
            var offset = 0
            while offset + 8 <= bytes.count {
                hash = Self.rotated(hash ^ Self.round(0, Self.word(bytes, offset)), 27) &* Self.prime1 &+ Self.prime4
                offset += 8
            }
            if offset + 4 <= bytes.count {
                let half = UInt64(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
                hash = Self.rotated(hash ^ (half &* Self.prime1), 23) &* Self.prime2 &+ Self.prime3
                offset += 4
            }
            while offset < bytes.count {
                hash = Self.rotated(hash ^ (UInt64(bytes[offset]) &* Self.prime5), 11) &* Self.prime1
                offset += 1
            }
        }
        hash = (hash ^ (hash >> 33)) &* Self.prime2
        hash = (hash ^ (hash >> 29)) &* Self.prime3
        return hash ^ (hash >> 32)
    }

    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        rotated(lane &+ word &* prime2, 31) &* prime1
    }

    private static func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 {
        value &<< bits | value &>> (64 - bits)
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
