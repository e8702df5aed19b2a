/// A kernel that has a name. Weights are as written here; the divisor stands beside them.
public enum NamedKernel: String, Sendable, CaseIterable {
    case edges, sharpen, blur, laplacian
    case sobelX = "sobel-x"
    case sobelY = "sobel-y"
    case prewittX = "prewitt-x"
    case prewittY = "prewitt-y"
    case scharrX = "scharr-x"
    case scharrY = "scharr-y"
    case emboss, identity

    public var weights: [[Double]] {
        switch self {
        case .edges: [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]
        case .sharpen: [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
        case .blur: [[1, 1, 1], [1, 1, 1], [1, 1, 1]]
        case .laplacian: [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
        case .sobelX: [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
        case .sobelY: [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]
        case .prewittX: [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]
        case .prewittY: [[-1, -1, -1], [0, 0, 0], [1, 1, 1]]
        case .scharrX: [[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]]
        case .scharrY: [[-3, -10, -3], [0, 0, 0], [3, 10, 3]]
        case .emboss: [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]
        case .identity: [[1]]
        }
    }

    public var divisor: Double { self == .blur ? 9 : 1 }
}
