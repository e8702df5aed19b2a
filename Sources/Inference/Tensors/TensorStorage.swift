import Glibc

/// Memory of tensors, aligned for the vector loops.
///
/// `@unchecked Sendable`: written by one run at a time, before a `Tensor` is made of it; only read from then on.
final class TensorStorage: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    let byteCount: Int

    /// Vector loops may read one vector past the end.
    static let slack = 64

    init(byteCount: Int, isZeroed: Bool = true) {
        self.byteCount = byteCount
        let size = (byteCount + TensorStorage.slack + 63) & ~63
        base = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        if isZeroed { memset(base, 0, size) }
    }

    deinit { base.deallocate() }
}
