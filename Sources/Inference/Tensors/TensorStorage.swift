import Glibc

/// Memory of tensors, aligned for the vector loops.
///
/// `@unchecked Sendable`: written by one run at a time, before a `Tensor` is made of it; only read from then on.
final class TensorStorage: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    let byteCount: Int
    private let owner: Owner

    private enum Owner {
        case heap
        /// A mapping of its own, or a part of one.
        case mapping(MemoryMapping)
        case array([Float])
        /// Goes back into a pool.
        case lent(TensorStorage, OutputPool)
    }

    /// Vector loops may read one vector past the end.
    static let slack = 64

    /// Bytes that memory for so many takes: whole vectors with the slack.
    static func size(of byteCount: Int) -> Int { (byteCount + slack + 63) & ~63 }

    init(byteCount: Int, isZeroed: Bool = true) {
        self.byteCount = byteCount
        let size = TensorStorage.size(of: byteCount)
        if size >= MemoryMapping.hugePage, let mapping = MemoryMapping(byteCount: size) {
            base = mapping.base
            owner = .mapping(mapping)
            return
        }
        base = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        owner = .heap
        if isZeroed { memset(base, 0, size) }
    }

    /// A part of a mapping.
    ///
    /// - Precondition: nobody else uses that part, and `size(of: byteCount)` bytes of it lie within the mapping.
    init(in mapping: MemoryMapping, at offset: Int, byteCount: Int) {
        base = mapping.base + offset
        self.byteCount = byteCount
        owner = .mapping(mapping)
    }

    /// The memory of another storage, which goes back into the pool in the end.
    init(_ storage: TensorStorage, lentBy pool: OutputPool) {
        base = storage.base
        byteCount = storage.byteCount
        owner = .lent(storage, pool)
    }

    /// The memory of an array, which is kept and not copied; nil where that cannot be read a vector past its end.
    init?(_ array: [Float]) {
        let address = array.withUnsafeBytes { $0.baseAddress }
        guard let address else { return nil }
        let last = UInt(bitPattern: address) + UInt(4 * array.count) - 1, page: UInt = 4096
        guard last / page == (last + UInt(TensorStorage.slack)) / page else { return nil }
        // An array that nobody changes keeps its place.
        base = UnsafeMutableRawPointer(mutating: address)
        byteCount = 4 * array.count
        owner = .array(array)
    }

    convenience init(copying array: [Float]) {
        self.init(byteCount: 4 * array.count, isZeroed: false)
        array.withUnsafeBytes { base.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    }

    deinit {
        switch owner {
        case .heap: base.deallocate()
        case .mapping, .array: break
        case .lent(let storage, let pool): pool.giveBack(storage)
        }
    }
}

/// Memory from the kernel, zero at first, in huge pages as far as whole ones fit: networks walk over many places at
/// once, and with small pages looking up where those are takes as long as the sums.
final class MemoryMapping: Sendable {
    nonisolated(unsafe) let base: UnsafeMutableRawPointer
    let byteCount: Int

    static let hugePage = 2 << 20

    /// Nil where the kernel has no memory.
    init?(byteCount: Int) {
        let page = 4096, size = (byteCount + page - 1) / page * page, room = size + MemoryMapping.hugePage
        guard
            let region = mmap(nil, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            region != MAP_FAILED
        else { return nil }
        let before = -Int(bitPattern: region) & (MemoryMapping.hugePage - 1)
        base = region + before
        self.byteCount = size
        if before > 0 { munmap(region, before) }
        munmap(base + size, room - before - size)
        // What is left of the last huge page stays in small ones, so that no more memory is taken than was asked for.
        let whole = size / MemoryMapping.hugePage * MemoryMapping.hugePage
        if whole > 0 { madvise(base, whole, MADV_HUGEPAGE) }
    }

    deinit { munmap(base, byteCount) }
}
