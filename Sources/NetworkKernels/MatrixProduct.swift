/// Products of float32 matrices.
///
/// The right matrix is packed into panels of 16 columns; a few rows of one or two panels stay in registers while they run
/// down a block of the inner dimension.
public enum MatrixProduct {
    /// Columns of a packed panel.
    public static let panelWidth = 16
    /// Rows of the inner dimension that are worked on at once: the panels' share stays in the first-level cache.
    public static let depth = 256
    /// Rows of the left matrix that are worked on at once.
    public static let height = 98

    /// Elements that `pack` writes for a right matrix of `depth` × `columns`.
    public static func packedCount(depth: Int, columns: Int) -> Int {
        (columns + panelWidth - 1) / panelWidth * panelWidth * depth
    }

    /// Elements of working memory that one call of `VectorLoops.multiply` needs: some rows of the left matrix, and the
    /// sums of the last columns, which are fewer than a panel has.
    public static var scratchCount: Int { height * depth + height * panelWidth }

    /// Packs `b[k · rowStride + j · columnStride]` so that each panel of 16 columns lies together, in blocks of
    /// `depth` rows; columns that are missing from the last panel become zero.
    public static func pack(
        _ b: UnsafePointer<Float>, rowStride: Int, columnStride: Int, depth count: Int, columns: Int,
        to packed: UnsafeMutablePointer<Float>
    ) {
        var out = packed
        var k0 = 0
        while k0 < count {
            let kEnd = min(count, k0 + depth)
            var j = 0
            while j < columns {
                let width = min(panelWidth, columns - j)
                for k in k0..<kEnd {
                    let row = b + k * rowStride + j * columnStride
                    if width == panelWidth, columnStride == 1 {
                        let whole = UnsafeRawPointer(row).loadUnaligned(as: SIMD16<Float>.self)
                        UnsafeMutableRawPointer(out).storeBytes(of: whole, as: SIMD16<Float>.self)
                    } else {
                        for i in 0..<width { out[i] = row[i * columnStride] }
                        for i in width..<panelWidth { out[i] = 0 }
                    }
                    out += panelWidth
                }
                j += panelWidth
            }
            k0 = kEnd
        }
    }
}
