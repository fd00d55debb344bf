export { indexTexts } from './index-texts';
export { count, readString, scanTable } from './scan-table';
