// The icons of the app, drawn on a 24-pixel grid.
import type { ReactNode } from "react";

const icon = (children: ReactNode, filled = false) =>
  function Icon({ className = "icon" }: { className?: string }) {
    return (
      <svg
        className={className}
        viewBox="0 0 24 24"
        fill={filled ? "currentColor" : "none"}
        stroke={filled ? "none" : "currentColor"}
        strokeWidth="1.75"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        {children}
      </svg>
    );
  };

export const SidebarIcon = icon(
  <>
    <rect x="3" y="4.5" width="18" height="15" rx="3" />
    <path d="M9.5 4.5v15" />
  </>,
);
export const NewChatIcon = icon(
  <>
    <path d="M20 13v4.5a2.5 2.5 0 0 1-2.5 2.5h-11A2.5 2.5 0 0 1 4 17.5v-11A2.5 2.5 0 0 1 6.5 4H11" />
    <path d="M18.4 3.6a1.4 1.4 0 0 1 2 2L13 13l-3 1 1-3z" />
  </>,
);
export const SendIcon = icon(<path d="M12 19V5M6 11l6-6 6 6" />);
export const StopIcon = icon(<rect x="6.5" y="6.5" width="11" height="11" rx="2" />, true);
export const DownIcon = icon(<path d="M12 5v14M6 13l6 6 6-6" />);
export const PencilIcon = icon(<path d="M4 20l1-4L16.5 4.5a2.1 2.1 0 0 1 3 3L8 19z" />);
export const TrashIcon = icon(<path d="M4 7h16M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.4L17.5 7M10 11v5M14 11v5" />);
export const CopyIcon = icon(
  <>
    <rect x="8.5" y="8.5" width="11.5" height="11.5" rx="2.5" />
    <path d="M15.5 8.5v-2A2.5 2.5 0 0 0 13 4H6.5A2.5 2.5 0 0 0 4 6.5V13a2.5 2.5 0 0 0 2.5 2.5h2" />
  </>,
);
export const CheckIcon = icon(<path d="M5 12.5l4.5 4.5L19 7.5" />);
export const CloseIcon = icon(<path d="M6 6l12 12M18 6L6 18" />);
export const SunIcon = icon(
  <>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4" />
  </>,
);
export const MoonIcon = icon(<path d="M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z" />);
export const AlertIcon = icon(
  <>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7.5v5.5M12 16.3v.2" />
  </>,
);
export const RetryIcon = icon(<path d="M4 12a8 8 0 0 1 13.7-5.6L20 8.7M20 4v4.7h-4.7M20 12a8 8 0 0 1-13.7 5.6L4 15.3M4 20v-4.7h4.7" />);
export const ClipIcon = icon(<path d="M20 11.5l-8 8a5 5 0 0 1-7-7l8.5-8.5a3.4 3.4 0 0 1 4.8 4.8L9.8 17.3a1.7 1.7 0 0 1-2.4-2.4l7.6-7.6" />);
export const FileIcon = icon(
  <>
    <path d="M14 3.5H7.5A2.5 2.5 0 0 0 5 6v12a2.5 2.5 0 0 0 2.5 2.5h9A2.5 2.5 0 0 0 19 18V8.5z" />
    <path d="M13.5 3.5V9H19" />
  </>,
);
export const SwitchIcon = icon(<path d="M4 8h13M13.5 4.500L17 8l-3.5 3.5M20 16H7M10.5 12.500L7 16l3.500 3.5" />);
export const DownloadIcon = icon(<path d="M12 4v11M7 10.500l5 5 5-5M5 19.500h14" />);
export const WrapIcon = icon(<path d="M4 6h16M4 12h13a3 3 0 0 1 0 6h-4M15 15.500L12.500 18l2.500 2.500M4 18h4" />);
export const PlayIcon = icon(<path d="M8 5.500v13l10.500-6.500z" />);
export const SearchIcon = icon(
  <>
    <circle cx="11" cy="11" r="6.5" />
    <path d="M16 16l4 4" />
  </>,
);
export const MoreIcon = icon(<path d="M5.500 12h.01M12 12h.01M18.500 12h.01" strokeWidth="2.6" />);
export const KeyboardIcon = icon(
  <>
    <rect x="3" y="6" width="18" height="12" rx="2.5" />
    <path d="M7 10h.01M11 10h.01M15 10h.01M8 14h8" />
  </>,
);
export const GearIcon = icon(
  <>
    <circle cx="12" cy="12" r="3" />
    <path d="M12 3.500v3M12 17.500v3M3.500 12h3M17.500 12h3M6 6l2.100 2.100M15.900 15.900L18 18M18 6l-2.100 2.100M8.100 15.900L6 18" />
  </>,
);
export const ChevronIcon = icon(<path d="M7 10l5 5 5-5" />);
export const LeftIcon = icon(<path d="M14.500 7l-5 5 5 5" />);
export const RightIcon = icon(<path d="M9.500 7l5 5-5 5" />);
export const SumIcon = icon(
  <>
    <rect x="5" y="3.5" width="14" height="17" rx="2.5" />
    <path d="M8.5 7.5h7M8.5 12h.01M12 12h.01M15.5 12h.01M8.5 16h.01M12 16h.01M15.5 16h.01" />
  </>,
);
export const CalendarIcon = icon(
  <>
    <rect x="4" y="5" width="16" height="15" rx="2.5" />
    <path d="M4 10h16M8.5 3v4M15.5 3v4" />
  </>,
);
export const ThumbIcon = icon(<path d="M7.5 11v9H4.5v-9zM7.5 11l4-7.5a2 2 0 0 1 2 2.500L12.8 9.500h5.400a1.800 1.800 0 0 1 1.750 2.200l-1.500 6.600A2.200 2.200 0 0 1 16.300 20H7.5" />);
export const AgentIcon = icon(
  <>
    <rect x="4.5" y="8.500" width="15" height="11" rx="3" />
    <path d="M12 8.500V5M9.500 13v1.500M14.500 13v1.500M2.500 12.500v3M21.500 12.500v3" />
    <circle cx="12" cy="4" r="1" />
  </>,
);
export const TextIcon = icon(<path d="M5 6h14M5 10.5h14M5 15h8" />);
export const SparkIcon = icon(<path d="M12 3.5c.6 4.8 3.2 7.6 8.5 8.5-5.3.900-7.9 3.7-8.5 8.5-.6-4.8-3.2-7.6-8.5-8.5 5.3-.9 7.9-3.7 8.5-8.5z" />);
export const LogoIcon = icon(
  <>
    <rect width="24" height="24" rx="7" className="logo-tile" />
    <path className="logo-lines" d="M7.2 7.5h9.6M7.2 12h6.2M7.2 16.5h9.6" />
  </>,
);
export const ShareIcon = icon(<path d="M12 15V4M8 7.5L12 3.5l4 4M5 12.5V18a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-5.5" />);
export const SlidersIcon = icon(
  <>
    <path d="M4 8h9M17 8h3M4 16h3M11 16h9" />
    <circle cx="15" cy="8" r="2" />
    <circle cx="9" cy="16" r="2" />
  </>,
);
export const PinIcon = icon(<path d="M9 4h6l-.8 6 3.300 3.500H6.500L9.800 10zM12 13.500V20" />);
export const ArchiveIcon = icon(
  <>
    <rect x="3.5" y="4.5" width="17" height="4.500" rx="1.2" />
    <path d="M5 9v8.500A2.500 2.500 0 0 0 7.500 20h9a2.500 2.500 0 0 0 2.500-2.500V9M10 13h4" />
  </>,
);
export const FolderIcon = icon(<path d="M3.500 17V7A2.500 2.500 0 0 1 6 4.500h3.500l2.500 2.500h6A2.500 2.500 0 0 1 20.500 9.500V17a2.500 2.500 0 0 1-2.500 2.500H6A2.500 2.500 0 0 1 3.500 17z" />);
export const FilterIcon = icon(<path d="M4 7h16M7 12h10M10 17h4" />);
export const WrenchIcon = icon(<path d="M14.700 9.300L5.500 18.500a1.770 1.770 0 0 0 2.500 2.500l9.200-9.200a4.500 4.500 0 0 0 5.300-5.900L19.600 8.800l-2.400-2.400L20.100 3.500a4.500 4.500 0 0 0-5.400 5.800z" transform="translate(-1.200 0)" />);
export const TemporaryIcon = icon(<path d="M20.500 12a8.500 8.500 0 1 1-17 0 8.500 8.500 0 0 1 17 0z" strokeDasharray="3.340 3.340" />);
export const MicIcon = icon(
  <>
    <rect x="9" y="3.5" width="6" height="11" rx="3" />
    <path d="M5.5 11.500a6.500 6.500 0 0 0 13 0M12 18v2.500" />
  </>,
);
export const SpeakerIcon = icon(<path d="M4.500 9.500v5H8l4.500 4V5.500l-4.500 4zM16 9a4.200 4.200 0 0 1 0 6M18.500 6.500a7.800 7.800 0 0 1 0 11" />);
