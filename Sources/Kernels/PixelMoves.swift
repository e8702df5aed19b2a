/// Moves `count` pixels of `pixelBytes` bytes that lie `inputStep` bytes apart to places `outputStep` bytes apart.
///
/// Steps may be negative: a row is mirrored with `inputStep = -pixelBytes`, a column becomes a row with the distance
/// between two rows. Nothing has to be aligned.
public func movePixels(
    from input: UnsafeRawPointer, step inputStep: Int, to output: UnsafeMutableRawPointer, step outputStep: Int,
    pixelBytes: Int, count: Int
) {
    withKnownSize(pixelBytes) { bytes in
        for i in 0..<count { (output + i * outputStep).copyMemory(from: input + i * inputStep, byteCount: bytes) }
    }
}

/// `output[x] = input[columns[x]]` for pixels of `pixelBytes` bytes.
public func gatherPixels(
    from input: UnsafeRawPointer, _ columns: [Int], to output: UnsafeMutableRawPointer, pixelBytes: Int
) {
    columns.withUnsafeBufferPointer { columns in
        withKnownSize(pixelBytes) { bytes in
            for x in 0..<columns.count {
                (output + x * bytes).copyMemory(from: input + columns[x] * bytes, byteCount: bytes)
            }
        }
    }
}

/// Compiles `body` once for each size that pixels have, so that copying one takes a few moves instead of a call.
@inline(__always)
private func withKnownSize(_ pixelBytes: Int, _ body: (Int) -> Void) {
    switch pixelBytes {
    case 1: body(1)
    case 2: body(2)
    case 3: body(3)
    case 4: body(4)
    case 6: body(6)
    case 8: body(8)
    case 12: body(12)
    case 16: body(16)
    default: body(pixelBytes)
    }
}
