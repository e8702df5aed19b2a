import Dataflow
import Raster

@testable import Operations

extension Values {
    /// The definition of a convolution, in doubles: `Σ k · x / divisor + offset` over every channel.
    func convolved(
        with kernel: ConvolutionKernel, offset: Double = 0, border: BorderMode = .replicate, stride: Int = 1
    ) -> Values {
        let isValid = border == .valid
        let anchor = isValid ? (x: 0, y: 0) : (x: kernel.columns / 2, y: kernel.rows / 2)
        let span = (
            width: self.size.width - (isValid ? kernel.columns - 1 : 0),
            height: self.size.height - (isValid ? kernel.rows - 1 : 0)
        )
        let size = ImageSize(width: (span.width + stride - 1) / stride, height: (span.height + stride - 1) / stride)
        let columns = (-kernel.columns..<self.size.width + kernel.columns).map { beyond($0, self.size.width, border) }
        let rows = (-kernel.rows..<self.size.height + kernel.rows).map { beyond($0, self.size.height, border) }
        return Values(size, channels: channels) { x, y, c in
            var sum = 0.0
            for i in 0..<kernel.rows {
                guard let v = rows[y * stride + i - anchor.y + kernel.rows] else { continue }
                for j in 0..<kernel.columns {
                    guard let u = columns[x * stride + j - anchor.x + kernel.columns] else { continue }
                    sum += kernel[i, j] * self[u, v, c]
                }
            }
            return sum / kernel.divisor + offset
        }
    }
}

/// The index that stands for one beyond the edge, step by step; nil for 0.
func beyond(_ index: Int, _ count: Int, _ border: BorderMode) -> Int? {
    var index = index
    while index < 0 || index >= count {
        switch border {
        case .zero: return nil
        case .replicate, .valid: index = index < 0 ? 0 : count - 1
        case .wrap: index += index < 0 ? count : -count
        case .reflect: index = count == 1 ? 0 : (index < 0 ? -index : 2 * (count - 1) - index)
        }
    }
    return index
}
