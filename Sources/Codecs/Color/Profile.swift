import CColor

/// A colour profile as Little CMS holds it.
final class Profile {
    enum Space: Equatable { case gray, rgb, cmyk, other }

    let handle: cmsHPROFILE

    private init?(_ handle: cmsHPROFILE?) {
        guard let handle else { return nil }
        self.handle = handle
    }

    deinit { cmsCloseProfile(handle) }

    /// Nil when the bytes are no profile.
    convenience init?(icc bytes: [UInt8]) {
        self.init(cmsOpenProfileFromMem(bytes, cmsUInt32Number(bytes.count)))
    }

    /// RGB by primaries, white point and transfer curve.
    convenience init?(_ primaries: Primaries, transfer: Transfer) {
        guard let curve = transfer.curve else { return nil }
        defer { cmsFreeToneCurve(curve) }
        var white = primaries.white.xyY
        var triple = cmsCIExyYTRIPLE(Red: primaries.red.xyY, Green: primaries.green.xyY, Blue: primaries.blue.xyY)
        var curves: [OpaquePointer?] = [curve, curve, curve]
        self.init(cmsCreateRGBProfile(&white, &triple, &curves))
    }

    /// Gray by a transfer curve.
    convenience init?(grayWith transfer: Transfer) {
        guard let curve = transfer.curve else { return nil }
        defer { cmsFreeToneCurve(curve) }
        self.init(cmsCreateGrayProfile(cmsD50_xyY(), curve))
    }

    var space: Space {
        switch cmsGetColorSpace(handle) {
        case cmsSigGrayData: .gray
        case cmsSigRgbData: .rgb
        case cmsSigCmykData: .cmyk
        default: .other
        }
    }
}

/// A place in the CIE 1931 chromaticity diagram.
struct Chromaticity: Equatable {
    var x: Double
    var y: Double

    var xyY: cmsCIExyY { cmsCIExyY(x: x, y: y, Y: 1) }
}

/// What the three channels of an RGB picture mean.
struct Primaries: Equatable {
    var red: Chromaticity
    var green: Chromaticity
    var blue: Chromaticity
    var white: Chromaticity

    private static let d65 = Chromaticity(x: 0.3127, y: 0.3290)

    static let bt709 = Primaries(
        red: .init(x: 0.640, y: 0.330), green: .init(x: 0.300, y: 0.600), blue: .init(x: 0.150, y: 0.060), white: d65)
    static let bt2020 = Primaries(
        red: .init(x: 0.708, y: 0.292), green: .init(x: 0.170, y: 0.797), blue: .init(x: 0.131, y: 0.046), white: d65)
    static let displayP3 = Primaries(
        red: .init(x: 0.680, y: 0.320), green: .init(x: 0.265, y: 0.690), blue: .init(x: 0.150, y: 0.060), white: d65)
}

/// How a stored sample becomes light.
enum Transfer: Equatable {
    /// Light = sample ^ exponent.
    case power(Double)
    /// IEC 61966-2-1.
    case srgb
    /// ITU-R BT.709, which BT.601 and BT.2020 share.
    case bt709

    /// The caller frees it.
    fileprivate var curve: OpaquePointer? {
        switch self {
        case .power(let exponent): cmsBuildGamma(nil, exponent)
        // Type 4: ((a·x + b) ^ g) from d on, c·x below.
        case .srgb: cmsBuildParametricToneCurve(nil, 4, [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045])
        case .bt709: cmsBuildParametricToneCurve(nil, 4, [1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081])
        }
    }
}
