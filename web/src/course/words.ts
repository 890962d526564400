import { teach } from '../i18n';
import messages from '../locales/course/en.json';

// The texts of the course page come with the course page.
teach(messages);
